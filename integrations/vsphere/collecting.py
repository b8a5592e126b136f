"""Reading many properties of many objects in one round trip, with vCenter's property collector.

A property that is not set is absent; one that the login may not read is named with the fault. Nothing is read lazily.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pyVmomi import vim, vmodl

from integrations.vsphere.faults import short_name
from integrations.vsphere.untyped import VimObject, moref
from integrations.vsphere.wire import ReplyLost, Unreadable, Unsent

Collector = vmodl.query.PropertyCollector


@dataclass(frozen=True)
class Row:
    """What was read of one object.

    Attributes:
        ref: Its reference.
        values: What is set, by property path.
        missing: What could not be read, by property path: the fault's name.
    """

    ref: str
    values: Mapping[str, VimObject]
    missing: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, default: VimObject = None) -> VimObject:
        """The property at `path`, or `default` where it is not set or can't be read."""
        return self.values.get(path, default)

    def text(self, path: str) -> str:
        """The property at `path` as text; empty where it is not set."""
        value = self.values.get(path)
        return "" if value is None else str(value)


def properties(kind: VimObject, paths: Sequence[str]) -> VimObject:
    """Asks for these paths of each object of that type."""
    return Collector.PropertySpec(type=kind, pathSet=list(paths), all=False)


def step(kind: VimObject, path: str) -> VimObject:
    """A step from an object of that type to the objects that its property `path` names."""
    return Collector.TraversalSpec(type=kind, path=path, skip=False)


def request(
    objects: Sequence[VimObject], wanted: Sequence[VimObject], steps: Sequence[VimObject] = (), *, skip: bool = False
) -> VimObject:
    """One filter: these objects and what the steps lead to (`skip`: only that), with the wanted properties."""
    starts = [Collector.ObjectSpec(obj=each, skip=skip, selectSet=list(steps)) for each in objects]
    return Collector.FilterSpec(objectSet=starts, propSet=list(wanted))


def rows(content: VimObject, spec: VimObject) -> Iterator[Row]:
    """Every object that the filter selects; vSphere: `RetrievePropertiesEx` and its continuation."""
    collector = content.propertyCollector
    page = collector.RetrievePropertiesEx([spec], Collector.RetrieveOptions())
    while page is not None:
        for each in page.objects:
            yield _row(each)
        page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None


def machines(content: VimObject, paths: Sequence[str]) -> list[Row]:
    """These properties of every VM that the login may see, in a handful of round trips."""
    through = step(vim.view.ContainerView, "view")
    with lent(content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)) as view:
        return list(rows(content, request([view], [properties(vim.VirtualMachine, paths)], [through], skip=True)))


@contextmanager
def lent(thing: VimObject) -> Iterator[VimObject]:
    """A view or collector of the session, destroyed afterwards; with a session that is gone it is gone too."""
    try:
        yield thing
    except (Unsent, ReplyLost, Unreadable, vim.fault.NotAuthenticated):
        raise
    except BaseException:
        thing.Destroy()
        raise
    else:
        thing.Destroy()


def moment(value: datetime | None) -> datetime | None:
    """A time that vCenter told, aware UTC; it speaks UTC where it names no zone."""
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def unread(found: VimObject) -> dict[str, str]:
    """What could not be read of an object, by property path: the fault's name. vSphere: `missingSet`."""
    missing = {}
    for each in found.missingSet or ():
        # vCenter tells so of every property, instead of refusing the call, when there is no session.
        if isinstance(each.fault, vim.fault.NotAuthenticated):
            raise each.fault
        missing[each.path] = short_name(each.fault)
    return missing


def _row(found: VimObject) -> Row:
    return Row(moref(found.obj), {each.name: each.val for each in found.propSet}, unread(found))
