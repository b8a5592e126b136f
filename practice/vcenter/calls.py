"""Which method of the wire is answered by which function, and who is let in."""

from collections.abc import Callable, Mapping

from pyVmomi import vim, vmodl

from practice.vcenter import collector_calls, machine_calls, service_calls
from practice.vcenter.house import RIGHTS, Caller, House
from practice.vcenter.inventory import Gone
from practice.vcenter.soap import SoapCall
from practice.vcenter.tasks import fault_of
from practice.vcenter.untyped import VimObject, moref
from practice.world.core import WorldError

WAITING = "WaitForUpdatesEx"
_METHODS: Mapping[str, Callable[[House, Caller, SoapCall], VimObject]] = {
    "RetrieveServiceContent": service_calls.retrieve_content,
    "CurrentTime": service_calls.current_time,
    "Login": service_calls.login,
    "Logout": service_calls.logout,
    "SessionIsActive": service_calls.session_is_active,
    "Fetch": service_calls.fetch,
    "HasPrivilegeOnEntities": service_calls.has_privilege_on_entities,
    "FindByInventoryPath": service_calls.find_by_inventory_path,
    "FindByUuid": service_calls.find_by_uuid,
    "FindAllByUuid": service_calls.find_all_by_uuid,
    "CreateContainerView": collector_calls.create_container_view,
    "DestroyView": collector_calls.destroy_view,
    "RetrievePropertiesEx": collector_calls.retrieve_properties_ex,
    "ContinueRetrievePropertiesEx": collector_calls.continue_retrieve_properties_ex,
    "RetrieveProperties": collector_calls.retrieve_properties,
    "CreatePropertyCollector": collector_calls.create_property_collector,
    "DestroyPropertyCollector": collector_calls.destroy_property_collector,
    "CreateFilter": collector_calls.create_filter,
    "DestroyPropertyFilter": collector_calls.destroy_property_filter,
    WAITING: collector_calls.updates,
    "QueryEvents": machine_calls.query_events,
    "PowerOnVM_Task": machine_calls.power_on,
    "PowerOffVM_Task": machine_calls.power_off,
    "ShutdownGuest": machine_calls.shutdown_guest,
    "CreateSnapshot_Task": machine_calls.create_snapshot,
    "RemoveSnapshot_Task": machine_calls.remove_snapshot,
    "RevertToSnapshot_Task": machine_calls.revert_to_snapshot,
}
_WITHOUT_SESSION = {"RetrieveServiceContent", "Login"}
_TOLD_TO_ANYBODY = {("ServiceInstance", "content"), ("SessionManager", "currentSession")}


def answer(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """The result of a call, made under the world's lock.

    Raises:
        vmodl.MethodFault: vCenter's fault.
    """
    _let_in(house, caller, call)
    method = _METHODS.get(call.method)
    if method is None:
        raise vmodl.fault.MethodNotFound(msg=f"{call.method} is not here.", receiver=call.this, method=call.method)
    try:
        return method(house, caller, call)
    except Gone:
        words = "The object has already been deleted or has not been completely created."
        raise vmodl.fault.ManagedObjectNotFound(msg=words, obj=call.this) from None
    except WorldError as error:
        raise fault_of(error) from None


def _let_in(house: House, caller: Caller, call: SoapCall) -> None:
    told = call.method == "Fetch" and (moref(call.this), call.arguments.get("prop")) in _TOLD_TO_ANYBODY
    if call.method not in _WITHOUT_SESSION and not told:
        caller.known()
    right = RIGHTS.get(call.method)
    if right is not None and right not in house.rights:
        words = "Permission to perform this operation was denied."
        raise vim.fault.NoPermission(msg=words, object=call.this, privilegeId=right)
