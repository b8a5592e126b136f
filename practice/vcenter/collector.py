"""The property collector: which objects a filter selects, what is told of them, and what changed since."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyVmomi import vim, vmodl

from practice.vcenter.inventory import Collector, Gone, Inventory, Thing
from practice.vcenter.sessions import Session
from practice.vcenter.untyped import VimObject, moref


@dataclass
class Filter:
    """One filter of a session's collector, with what was told of each object last, by reference and path."""

    spec: VimObject
    told: dict[str, dict[str, str]] = field(default_factory=dict)


class Reader:
    """Selects and reads. Callers hold the world's lock.

    Attributes:
        hidden: Property paths that the login may not read.
    """

    def __init__(self, inventory: Inventory) -> None:
        """Read from this inventory; nothing is hidden."""
        self._inventory = inventory
        self.hidden: set[str] = set()

    def contents(self, session: Session, specs: Sequence[VimObject]) -> list[VimObject]:
        """VSphere: the `ObjectContent` of everything that the filters select."""
        return [self._content(thing, paths) for spec in specs for thing, paths in self._selected(session, spec)]

    def changes(self, session: Session, filters: Mapping[str, Filter], *, afresh: bool) -> list[VimObject]:
        """VSphere: a `FilterUpdate` for each filter of which something changed since it was told last."""
        updates = []
        for name, each in filters.items():
            if afresh:
                each.told.clear()
            changed = [one for one in self._updates(session, each) if one is not None]
            if changed:
                updates.append(Collector.FilterUpdate(filter=Collector.Filter(name), objectSet=changed))
        return updates

    def _updates(self, session: Session, one: Filter) -> Iterator[VimObject]:
        for thing, paths in self._selected(session, one.spec):
            is_new = moref(thing.ref) not in one.told
            told = one.told.setdefault(moref(thing.ref), {})
            changes = []
            for path in self._open(paths):
                value = thing.read(path)
                if told.get(path, repr(None)) != repr(value):
                    told[path] = repr(value)
                    changes.append(Collector.Change(name=path, op="assign", val=copy.deepcopy(value)))
            if changes or is_new:
                kind = "enter" if is_new else "modify"
                missing = self._missing(thing, paths) if is_new else []
                yield Collector.ObjectUpdate(kind=kind, obj=thing.ref, changeSet=changes, missingSet=missing)

    def _content(self, thing: Thing, paths: Sequence[str]) -> VimObject:
        found = [(path, thing.read(path)) for path in self._open(paths)]
        return Collector.ObjectContent(
            obj=thing.ref,
            propSet=[vmodl.DynamicProperty(name=path, val=value) for path, value in found if value is not None],
            missingSet=self._missing(thing, paths),
        )

    def _open(self, paths: Sequence[str]) -> list[str]:
        return [path for path in paths if path not in self.hidden]

    def _missing(self, thing: Thing, paths: Sequence[str]) -> list[VimObject]:
        return [Collector.MissingProperty(path=path, fault=_denied(thing.ref)) for path in paths if path in self.hidden]

    def _selected(self, session: Session, spec: VimObject) -> Iterator[tuple[Thing, list[str]]]:
        found: dict[str, Thing] = {}
        for start in spec.objectSet:
            self._visit(session, start.obj, _Steps(start.selectSet or (), {}), found, skip=bool(start.skip))
        for thing in found.values():
            for wanted in spec.propSet:
                if isinstance(thing.ref, wanted.type):
                    yield thing, list(thing.heads) if getattr(wanted, "all", False) else list(wanted.pathSet)

    def _visit(self, session: Session, ref: VimObject, steps: "_Steps", found: dict[str, Thing], *, skip: bool) -> None:
        thing = self.thing(session, ref)
        if not skip:
            found.setdefault(moref(ref), thing)
        for step in steps.resolved():
            if isinstance(ref, step.type):
                value = thing.read(step.path)
                for each in value if isinstance(value, list) else [value] if value is not None else []:
                    deeper = _Steps(step.selectSet or (), steps.named)
                    self._visit(session, each, deeper, found, skip=bool(step.skip))

    def thing(self, session: Session, ref: VimObject) -> Thing:
        """The managed object behind a reference: of the inventory, or a view of this session.

        Raises:
            vmodl.fault.ManagedObjectNotFound: There is none.
        """
        if moref(ref) in session.views:
            return Thing(ref, {"view": lambda: session.views[moref(ref)]})
        try:
            return self._inventory.thing(ref)
        except Gone:
            words = "The object has already been deleted or has not been completely created."
            raise vmodl.fault.ManagedObjectNotFound(msg=words, obj=ref) from None


@dataclass(frozen=True)
class _Steps:
    """Steps of a traversal; one that has a name can be referred to by it further down."""

    steps: Sequence[VimObject]
    named: dict[str, VimObject]

    def resolved(self) -> list[VimObject]:
        full = [each for each in self.steps if isinstance(each, Collector.TraversalSpec)]
        self.named.update({each.name: each for each in full if each.name})
        by_name = [self.named[each.name] for each in self.steps if each not in full and each.name in self.named]
        return full + by_name


def _denied(ref: VimObject) -> VimObject:
    return vim.fault.NoPermission(msg="No permission.", object=ref, privilegeId="System.Read")
