"""Calls on the property collector and on views. Run under the world's lock."""

from pyVmomi import vim, vmodl

from practice.vcenter.collector import Filter
from practice.vcenter.house import Caller, House
from practice.vcenter.inventory import Collector, Gone
from practice.vcenter.soap import SoapCall
from practice.vcenter.untyped import VimObject, array, moref

PAGE = 500  # objects told at once


def create_container_view(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """A view of all virtual machines; it stays open until it is destroyed."""
    kinds = call.arguments.get("type") or [vim.VirtualMachine]
    machines = [vim.VirtualMachine(each.moref) for each in house.inventory.machines()]
    view = vim.view.ContainerView(f"session-view-{next(house.numbers)}")
    caller.known().views[moref(view)] = machines if any(issubclass(vim.VirtualMachine, each) for each in kinds) else []
    return view


def destroy_view(_: House, caller: Caller, call: SoapCall) -> None:
    """Close a view."""
    if caller.known().views.pop(moref(call.this), None) is None:
        raise Gone(moref(call.this))


def retrieve_properties_ex(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """The first page of what the filters select."""
    most = getattr(call.arguments.get("options"), "maxObjects", None) or PAGE
    return _page(house, caller, house.reader.contents(caller.known(), call.arguments["specSet"]), most)


def continue_retrieve_properties_ex(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """The next page."""
    left = caller.known().pages.pop(call.arguments["token"], None)
    if left is None:
        raise vmodl.fault.InvalidArgument(msg="A specified parameter was not correct.", invalidProperty="token")
    return _page(house, caller, left, PAGE)


def retrieve_properties(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """What the filters select, all at once, as older clients ask for it."""
    return array(Collector.ObjectContent, house.reader.contents(caller.known(), call.arguments["specSet"]))


def create_property_collector(house: House, caller: Caller, _: SoapCall) -> VimObject:
    """A collector of the session's own."""
    made = Collector(f"session-collector-{next(house.numbers)}")
    caller.known().collectors[moref(made)] = {}
    return made


def destroy_property_collector(_: House, caller: Caller, call: SoapCall) -> None:
    """Close a collector, with its filters."""
    if caller.known().collectors.pop(moref(call.this), None) is None:
        raise Gone(moref(call.this))


def create_filter(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """A filter of a collector; what it selects must be there."""
    house.reader.contents(caller.known(), [call.arguments["spec"]])
    made = Collector.Filter(f"session-filter-{next(house.numbers)}")
    _filters(caller, call.this)[moref(made)] = Filter(call.arguments["spec"])
    return made


def destroy_property_filter(_: House, caller: Caller, call: SoapCall) -> None:
    """Close a filter."""
    for filters in caller.known().collectors.values():
        filters.pop(moref(call.this), None)


def updates(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """What changed since a version, or None; asked again and again by the server while it holds the call back."""
    version = call.arguments.get("version") or ""
    found = house.reader.changes(caller.known(), _filters(caller, call.this), afresh=not version)
    if not found:
        return None
    return Collector.UpdateSet(version=str(int(version or 0) + 1), filterSet=found, truncated=False)


def _filters(caller: Caller, collector: VimObject) -> dict[str, Filter]:
    filters = caller.known().collectors.get(moref(collector))
    if filters is None:
        raise Gone(moref(collector))
    return filters


def _page(house: House, caller: Caller, found: list[VimObject], most: int) -> VimObject:
    if not found:
        return None
    page = Collector.RetrieveResult(objects=found[:most])
    if len(found) > most:
        page.token = str(next(house.numbers))
        caller.known().pages[page.token] = found[most:]
    return page
