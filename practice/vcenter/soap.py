"""SOAP as vCenter speaks it: a request read into a call, a value or a fault written as an answer.

Types and their XML come from pyVmomi, so this side shares its idea of the wire: it can't prove a client right that
stands on pyVmomi too. An independent simulator does that.
"""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

from pyVmomi import SoapAdapter, VmomiSupport

from practice.vcenter.untyped import VimObject, property_type

NAMESPACE = "urn:vim25"
NEWEST = "vim.version.v8_0_3_0"
_NAMES = {NAMESPACE: "", SoapAdapter.XMLNS_XSI: "xsi", SoapAdapter.XMLNS_XSD: "xsd"}
# In a slot of any type vCenter names a reference so; pyVmomi reads that, but writes another name of its own.
_ANY_REFERENCE = re.compile(r'(<[^<>]* xsi:type="(?:\w+:)?ManagedObject)(?=")')
_BROKEN = (ExpatError, LookupError, TypeError, ValueError, AttributeError, StopIteration)


@dataclass(frozen=True)
class SoapCall:
    """One call.

    Attributes:
        method: Its name on the wire, e.g. ``PowerOnVM_Task``.
        this: The managed object that it is made on.
        arguments: By name.
        result: pyVmomi's type of its result.
    """

    method: str
    this: VimObject
    arguments: Mapping[str, VimObject] = field(default_factory=dict)
    result: VimObject = None


class NotSoap(Exception):
    """A request that is no call of this interface."""


def version_of(action: str) -> str:
    """The version of the interface that a request names in its ``SOAPAction`` header."""
    named = action.strip('"').removeprefix("urn:")
    version: str = VmomiSupport.versionMap.get(named, NEWEST)
    return version


def read_call(body: bytes) -> SoapCall:
    """The call that a request makes.

    Raises:
        NotSoap: It is none.
    """
    try:
        return _Reader().read(body)
    except _BROKEN as error:
        raise NotSoap(f"{type(error).__name__}: {error}") from error


def result(call: SoapCall, value: object, version: str) -> bytes:
    """The answer that carries `value`; nothing, and an array without items, are told by leaving the value out."""
    is_empty = value is None or (isinstance(value, list) and not value)
    inner = "" if is_empty else _write("returnval", value, call.result, version)
    return _envelope(f'<{call.method}Response xmlns="{NAMESPACE}">{inner}</{call.method}Response>')


def fault(error: VimObject, version: str) -> bytes:
    """The answer that carries a fault (HTTP 500)."""
    tag = VmomiSupport.GetWsdlName(type(error)) + "Fault"
    words, bare = error.msg or type(error).__name__, copy.copy(error)
    bare.msg = None
    info = VmomiSupport.Object(name=tag, type=type(error), version=version, flags=0)
    detail = SoapAdapter.SerializeFaultDetail(bare, info, version, dict(_NAMES))
    detail = detail.replace(f"<{tag}", f'<{tag} xmlns="{NAMESPACE}"', 1)
    return _envelope(
        "<soapenv:Fault><faultcode>ServerFaultCode</faultcode>"
        f"<faultstring>{SoapAdapter.XmlEscape(words)}</faultstring><detail>{detail}</detail></soapenv:Fault>"
    )


def _write(name: str, value: object, kind: VimObject, version: str) -> str:
    info = VmomiSupport.Object(name=name, type=kind, version=version, flags=0)
    written: str = SoapAdapter.SerializeToStr(value, info, version, dict(_NAMES))
    return _ANY_REFERENCE.sub(r"\1Reference", written)


def _envelope(body: str) -> bytes:
    text: str = SoapAdapter.XML_HEADER + SoapAdapter.SOAP_START + body + SoapAdapter.SOAP_END
    return text.encode()


class _Reader(SoapAdapter.ExpatDeserializerNSHandlers):  # type: ignore[misc] # pyVmomi is untyped
    """Hands each parameter of the method to pyVmomi's reader of values; an array is read item by item."""

    def __init__(self) -> None:
        super().__init__()
        self._parser = ParserCreate(namespace_separator=SoapAdapter.NS_SEP)
        self._parser.buffer_text = True
        self._in_body = False
        self._method = ""
        self._info: VimObject = None
        self._parameters: list[tuple[str, bool, VimObject]] = []

    def read(self, body: bytes) -> SoapCall:
        SoapAdapter.SetHandlers(self._parser, SoapAdapter.GetHandlers(self))
        self._parser.Parse(body, True)
        arguments: dict[str, VimObject] = {}
        for name, is_array, reader in self._parameters:
            if is_array:
                arguments.setdefault(name, []).append(reader.GetResult())
            else:
                arguments[name] = reader.GetResult()
        this = arguments.pop("_this", None)
        if not self._method or this is None:
            raise NotSoap("no call in it")
        return SoapCall(self._method, this, arguments, self._result(this, arguments))

    def StartElementHandler(self, tag: str, attr: Mapping[str, str]) -> None:  # noqa: N802 - pyVmomi's name
        space, _, name = tag.rpartition(SoapAdapter.NS_SEP)
        if space == SoapAdapter.XMLNS_SOAPENV:
            self._in_body = self._in_body or name == "Body"
        elif self._in_body and not self._method:
            self._method = name
            # Fetch, the reading of one property, is in no table of methods.
            self._info = None if name == "Fetch" else VmomiSupport.GetWsdlMethod(NAMESPACE, name).info
        elif self._in_body:
            kind = self._kind(name)
            is_array = issubclass(kind, list)
            reader = SoapAdapter.SoapDeserializer()
            reader.Deserialize(self._parser, kind.Item if is_array else kind, False, self.nsMap)
            self._parameters.append((name, is_array, reader))
            reader.StartElementHandler(tag, attr)

    def EndElementHandler(self, tag: str) -> None:  # noqa: N802 - pyVmomi's name
        """Nothing ends here that matters."""

    def CharacterDataHandler(self, data: str) -> None:  # noqa: N802 - pyVmomi's name
        """White space between the elements."""

    def _kind(self, name: str) -> VimObject:
        if name == "_this":
            return VmomiSupport.ManagedObject
        if self._info is None:
            return str
        return next(each.type for each in self._info.params if each.name == name)

    def _result(self, this: VimObject, arguments: Mapping[str, VimObject]) -> VimObject:
        if self._info is not None:
            return self._info.result
        try:
            return property_type(this, arguments["prop"])
        except AttributeError:
            raise NotSoap(f"no property {arguments.get('prop')}") from None
