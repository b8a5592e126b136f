"""Calls on the service itself: its content, its clock, logins, rights, finding. Run under the world's lock."""

from collections.abc import Mapping

from pyVmomi import vim

from practice.vcenter.house import Caller, House
from practice.vcenter.soap import SoapCall
from practice.vcenter.untyped import VimObject


def retrieve_content(house: House, _: Caller, __: SoapCall) -> VimObject:
    """Managers and identity, told to anybody."""
    return house.content


def current_time(house: House, _: Caller, __: SoapCall) -> VimObject:
    """The clock of vCenter."""
    return house.world.now() + house.clock_offset


def login(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """Open a session; refused while there is one."""
    if caller.session is not None:
        raise vim.fault.InvalidLogin(msg="Cannot complete login: there is a session already.")
    caller.session = house.sessions.log_in(call.arguments["userName"], call.arguments["password"])
    return caller.session.shown()


def logout(house: House, caller: Caller, _: SoapCall) -> None:
    """End the session."""
    house.sessions.end(caller.known())


def session_is_active(house: House, _: Caller, call: SoapCall) -> bool:
    """Whether a session of that key and user is open."""
    key, user = call.arguments["sessionID"], call.arguments["userName"]
    return any(each.key == key and each.user == user for each in house.sessions.open())


def fetch(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """One property, as clients that read behind the dot ask for it."""
    wanted = call.arguments["prop"]
    if isinstance(call.this, vim.SessionManager) and wanted == "currentSession":
        return caller.session.shown() if caller.session is not None else None
    if isinstance(call.this, vim.ServiceInstance) and wanted == "content":
        return house.content
    return house.reader.thing(caller.known(), call.this).read(wanted)


def has_privilege_on_entities(house: House, _: Caller, call: SoapCall) -> VimObject:
    """Which of the privileges the login has on each object: here the same ones on all."""
    kinds = vim.AuthorizationManager

    def available() -> list[VimObject]:
        wanted = call.arguments["privId"]
        return [kinds.PrivilegeAvailability(privId=each, isGranted=each in house.rights) for each in wanted]

    return [kinds.EntityPrivilege(entity=each, privAvailability=available()) for each in call.arguments["entity"]]


def find_by_inventory_path(house: House, _: Caller, call: SoapCall) -> VimObject:
    """The virtual machine at a path, or nothing."""
    return house.inventory.at_path(call.arguments["inventoryPath"])


def find_by_uuid(house: House, _: Caller, call: SoapCall) -> VimObject:
    """The first virtual machine of a BIOS UUID or an instanceUuid, or nothing."""
    found = _by_uuid(house, call.arguments)
    return found[0] if found else None


def find_all_by_uuid(house: House, _: Caller, call: SoapCall) -> VimObject:
    """Every virtual machine of a BIOS UUID or an instanceUuid."""
    return _by_uuid(house, call.arguments)


def _by_uuid(house: House, given: Mapping[str, VimObject]) -> list[VimObject]:
    by_instance = given.get("instanceUuid")
    return [
        vim.VirtualMachine(each.moref)
        for each in house.inventory.machines()
        if given["vmSearch"] and given["uuid"] == (each.instance_uuid if by_instance else each.bios_uuid)
    ]
