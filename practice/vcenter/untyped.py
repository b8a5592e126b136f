"""The few things that pyVmomi's untyped objects are asked for, under names of our own."""

from typing import Any, TypeAlias

from pyVmomi import VmomiSupport

VimObject: TypeAlias = Any  # a value, reference or type of pyVmomi, which carries no types


def moref(ref: VimObject) -> str:
    """The text of a reference, e.g. ``vm-101``."""
    text: str = ref._moId  # noqa: SLF001 - the only way to it
    return text


def property_type(owner: VimObject, name: str) -> VimObject:
    """The type of a property.

    Raises:
        AttributeError: There is no such property.
    """
    return owner._GetPropertyInfo(name).type  # noqa: SLF001 - the only way to it


def typed(value: VimObject, kind: VimObject) -> VimObject:
    """A value fit for a slot of any type, which takes typed arrays only."""
    is_bare = isinstance(value, list) and not isinstance(value, VmomiSupport.Array)
    return VmomiSupport.CreateArrayType(kind.Item)(value) if is_bare else value


def array(kind: VimObject, items: list[VimObject]) -> VimObject:
    """A typed array."""
    return VmomiSupport.CreateArrayType(kind)(items)


def escaped(name: str) -> str:
    """A name as vCenter keeps it: per cent sign, slash and backslash are escaped."""
    return name.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c")
