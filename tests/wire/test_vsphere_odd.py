"""The vSphere client against answers that no healthy vCenter gives: each is told apart by what it proves."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pyVmomi import vim
from vsphere_bench import PATIENCE, Bench, Practice, Relay

from integrations.errors import (
    IntegrationError,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    Unreachable,
    WrongAnswer,
)
from integrations.login import Login, LoginGuard
from integrations.vsphere import Power, VmRef, VSphere
from integrations.vsphere.wire import Unreadable, Wire

Contexts = Callable[..., ssl.SSLContext]
Answer = tuple[int, dict[str, str], bytes]
XML = {"Content-Type": "text/xml; charset=utf-8"}
PATH = "DC1/vm/XMS/xms01"


@pytest.fixture
def bench(server_tls: Contexts, client_tls: ssl.SSLContext) -> Iterator[Bench]:
    practice = Practice(server_tls())
    relay = Relay(practice.port, server_tls(), client_tls)
    yield Bench(practice, relay, client_tls)
    relay.close()
    practice.close()


@pytest.fixture
def client(bench: Bench) -> Iterator[VSphere]:
    with bench.client() as made:
        yield made


@pytest.fixture
def ref(client: VSphere) -> VmRef:
    return client.find(PATH)


def soap(inner: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>'
    ).encode()


def fault(detail: str, words: str = "Something failed.") -> bytes:
    body = f"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{words}</faultstring>{detail}"
    return soap(f"{body}</soapenv:Fault>")


def begun(method: str, returned: str) -> bytes:
    return soap(f'<{method}Response xmlns="urn:vim25">{returned}</{method}Response>')


TASK = begun("PowerOnVM_Task", '<returnval type="Task">task-1</returnval>')
UNREADABLE: dict[str, Answer] = {
    "a redirect": (302, {"Location": "https://192.0.2.1/sdk"}, b""),
    "a gateway that is starting": (503, XML, b"<html>Service Unavailable</html>"),
    "a page": (200, {"Content-Type": "text/html"}, b"<html><body>Welcome<br></body></html>"),
    "nothing": (200, XML, b""),
    "half of it": (200, XML, TASK[:-40]),
    "entities of its own": (200, XML, TASK.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "1">]>').replace(b"-1", b"-&b;")),
    "a status of its own": (404, XML, TASK),
    "another encoding": (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b\x08\x00\x00\x00\x00\x00"),
    "an unknown fault": (500, XML, fault('<detail><FrobnicatorFault xmlns="urn:vim25"/></detail>')),
    "an error that is no fault": (500, XML, begun("PowerOnVM_Task", "")),
    "no task": (200, XML, begun("PowerOnVM_Task", "")),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_change_answered_by_what_cant_be_understood_may_have_happened(
    kind: str, bench: Bench, client: VSphere, ref: VmRef
) -> None:
    """Such an answer to a change is no proof of anything, and the change is not sent again."""
    bench.relay.instead["PowerOnVM_Task"] = (200, XML, TASK)
    assert client.power_on(ref) == "task-1"
    bench.relay.calls.clear()
    bench.relay.instead["PowerOnVM_Task"] = UNREADABLE[kind]
    with pytest.raises(WrongAnswer) as caught:
        client.power_on(ref)
    assert caught.value.may_have_happened
    assert bench.relay.calls.count("PowerOnVM_Task") == 1


@pytest.mark.parametrize("kind", [each for each in UNREADABLE if each != "no task"])
def test_a_read_answered_by_what_cant_be_understood_changed_nothing(kind: str, bench: Bench, client: VSphere) -> None:
    """Such an answer to a read is an error that changed nothing; it is not asked again."""
    assert client.clock()
    asked = bench.relay.calls.count("CurrentTime")
    bench.relay.instead["CurrentTime"] = UNREADABLE[kind]
    with pytest.raises(WrongAnswer) as caught:
        client.clock()
    assert not caught.value.may_have_happened
    assert bench.relay.calls.count("CurrentTime") == asked + 1


def test_a_status_that_soap_does_not_use_is_told_by_its_number(bench: Bench, client: VSphere, ref: VmRef) -> None:
    """Not even a well-made fault is believed under a status that no vCenter sends it with."""
    body = fault('<detail><InvalidPowerStateFault xmlns="urn:vim25" xsi:type="InvalidPowerState"/></detail>')
    bench.relay.instead["PowerOnVM_Task"] = (403, XML, body)
    with pytest.raises(WrongAnswer, match="HTTP 403"):
        client.power_on(ref)


def test_a_server_that_gave_up_inside_may_have_begun_the_change(bench: Bench, client: VSphere, ref: VmRef) -> None:
    """A SystemError leaves a change open; any other fault proves that it was refused."""
    told = '<detail><{0}Fault xmlns="urn:vim25" xsi:type="{0}"><reason>x</reason></{0}Fault></detail>'
    bench.relay.instead["PowerOnVM_Task"] = (500, XML, fault(told.format("SystemError")))
    with pytest.raises(Refused, match="SystemError: Something failed") as unsure:
        client.power_on(ref)
    assert (unsure.value.code, unsure.value.may_have_happened) == ("SystemError", True)
    bench.relay.instead["PowerOnVM_Task"] = (500, XML, fault(told.format("GenericVmConfigFault")))
    with pytest.raises(Refused) as sure:
        client.power_on(ref)
    assert (sure.value.code, sure.value.may_have_happened) == ("GenericVmConfigFault", False)


def test_a_fault_without_detail_is_a_refusal_in_vcenters_words(bench: Bench, client: VSphere, ref: VmRef) -> None:
    """What vCenter says is told on one line and cut; a fault without a type is no proof."""
    bench.relay.instead["PowerOnVM_Task"] = (500, XML, fault("", "two\nlines" + "x" * 1000))
    with pytest.raises(Refused, match="two lines") as caught:
        client.power_on(ref)
    assert caught.value.may_have_happened
    assert len(str(caught.value)) < 600


def test_a_time_without_a_zone_is_utc(bench: Bench, client: VSphere) -> None:
    """A clock that names no zone speaks UTC; one of another zone is turned into it."""
    for told in ("2030-01-07T09:00:00.5", "2030-01-07T10:00:00.5+01:00"):
        bench.relay.instead["CurrentTime"] = (200, XML, begun("CurrentTime", f"<returnval>{told}</returnval>"))
        assert client.clock() == datetime(2030, 1, 7, 9, 0, 0, 500_000, tzinfo=UTC)


def test_an_unknown_state_is_an_error_and_never_taken_for_a_known_one(
    bench: Bench, client: VSphere, ref: VmRef
) -> None:
    """A power state that our types don't know is not understood, instead of guessed."""
    value = '<val xsi:type="VirtualMachinePowerState">{}</val>'
    row = (
        '<returnval><objects><obj type="VirtualMachine">vm-101</obj><propSet><name>name</name>'
        '<val xsi:type="xsd:string">xms01</val></propSet><propSet><name>runtime.powerState</name>'
        f"{value}</propSet></objects></returnval>"
    )
    bench.relay.instead["RetrievePropertiesEx"] = (200, XML, begun("RetrievePropertiesEx", row.format("poweredOff")))
    assert client.read(ref)[ref].power == "poweredOff"
    bench.relay.instead["RetrievePropertiesEx"] = (200, XML, begun("RetrievePropertiesEx", row.format("frozen")))
    with pytest.raises(WrongAnswer):
        client.read(ref)


def test_properties_that_want_a_session_open_one(bench: Bench, client: VSphere, ref: VmRef) -> None:
    """VCenter tells of a missing session property by property too: the read logs in again, and once only."""
    missing = (
        '<returnval><objects><obj type="VirtualMachine">vm-101</obj><missingSet><path>name</path><fault>'
        '<fault xsi:type="NotAuthenticated"><object type="VirtualMachine">vm-101</object>'
        "<privilegeId>System.View</privilegeId></fault><localizedMessage/></fault></missingSet></objects></returnval>"
    )
    bench.relay.instead["RetrievePropertiesEx"] = (200, XML, begun("RetrievePropertiesEx", missing))
    with pytest.raises(IntegrationError, match="NotAuthenticated"):
        client.read(ref)
    assert bench.relay.calls.count("Login") == 2
    assert bench.relay.calls.count("RetrievePropertiesEx") == 2


def test_a_question_is_read_as_the_reference_writes_it(bench: Bench, client: VSphere, ref: VmRef) -> None:
    """A VM that stands still for an answer says what it asks; written down here by hand from VMware's reference."""
    choice = (
        '<choiceInfo xsi:type="ElementDescription"><label>button.uuid.movedTheVM</label><summary>I moved it</summary>'
        '<key>1</key></choiceInfo><choiceInfo xsi:type="ElementDescription"><label>button.uuid.copiedTheVM</label>'
        "<summary>I copied it</summary><key>2</key></choiceInfo><defaultIndex>1</defaultIndex>"
    )
    question = (
        f"<id>_vmx1</id><text>This virtual machine might have been moved or copied.</text><choice>{choice}</choice>"
        '<message><id>msg.uuid.altered</id><argument xsi:type="xsd:string">xms01</argument>'
        "<text>moved or copied</text></message>"
    )
    told = {
        "name": ("xsd:string", "xms01"),
        "runtime.powerState": ("VirtualMachinePowerState", "poweredOn"),
        "runtime.question": ("VirtualMachineQuestionInfo", question),
    }
    properties = "".join(
        f'<propSet><name>{name}</name><val xsi:type="{kind}">{value}</val></propSet>'
        for name, (kind, value) in told.items()
    )
    machine = f'<returnval><objects><obj type="VirtualMachine">{ref}</obj>{properties}</objects></returnval>'
    bench.relay.once["RetrievePropertiesEx"] = (200, XML, begun("RetrievePropertiesEx", machine))
    read = client.read(ref)[ref]
    assert read.question == "This virtual machine might have been moved or copied."
    assert (read.name, read.power, read.snapshots, read.boot_time) == ("xms01", Power.ON, (), None)
    assert client.read(ref)[ref].question == ""


def test_a_vm_without_a_name_may_not_be_read(bench: Bench, client: VSphere, ref: VmRef) -> None:
    """An object of which nothing is told is one that the login may not read."""
    row = '<returnval><objects><obj type="VirtualMachine">vm-101</obj></objects></returnval>'
    bench.relay.instead["RetrievePropertiesEx"] = (200, XML, begun("RetrievePropertiesEx", row))
    with pytest.raises(NotPermitted, match=r"name of vm-101 can't be read"):
        client.read(ref)


def test_a_body_that_ends_too_early_is_no_answer(bench: Bench, ref: VmRef) -> None:
    """Fewer bytes than were promised, and then nothing more, leave a change unknown within the timeout."""
    bench.relay.instead["PowerOnVM_Task"] = (200, {**XML, "Content-Length": str(len(TASK) + 50)}, TASK[:-30])
    with bench.client(timeout=timedelta(seconds=0.3)) as hasty, pytest.raises(OutcomeUnknown, match="silent"):
        hasty.power_on(ref)


def update(kind: str, change: str = "", *, truncated: bool = False) -> Answer:
    """An answer to a wait that tells of vm-101 alone."""
    part = f'<objectSet><kind>{kind}</kind><obj type="VirtualMachine">vm-101</obj>{change}</objectSet>'
    told = f'<version>1</version><filterSet><filter type="PropertyFilter">f</filter>{part}</filterSet>'
    whole = f"<returnval>{told}<truncated>{str(truncated).lower()}</truncated></returnval>"
    return 200, XML, begun("WaitForUpdatesEx", whole)


def test_an_update_that_was_cut_is_waited_for_to_its_end(bench: Bench, client: VSphere, ref: VmRef) -> None:
    """When vCenter tells of some VMs first and says that more follows, nothing is concluded before it has come."""
    refs = [ref, client.find("DC1/vm/XMS/xms02")]
    change = '<changeSet><name>runtime.powerState</name><op>assign</op><val xsi:type="VirtualMachinePowerState">'
    bench.relay.once["WaitForUpdatesEx"] = update("enter", f"{change}poweredOn</val></changeSet>", truncated=True)
    assert client.wait_for_power(refs, Power.ON, PATIENCE) == dict.fromkeys(refs, Power.ON)
    assert bench.relay.calls.count("WaitForUpdatesEx") == 2


def test_a_vm_that_ceases_to_exist_ends_the_wait(bench: Bench, client: VSphere, ref: VmRef) -> None:
    """A VM that leaves while it is waited for is told as gone, and the collector is closed."""
    bench.relay.once["WaitForUpdatesEx"] = update("leave")
    with pytest.raises(NotFound, match="vm-101 ceased to exist"):
        client.wait_for_power([ref], Power.OFF, PATIENCE)
    assert bench.relay.calls[-1] == "DestroyPropertyCollector"


def test_an_answer_beyond_the_cap_is_not_read(bench: Bench) -> None:
    """An answer larger than the cap is given up, and its connection is not used again."""
    wire = Wire("127.0.0.1", bench.relay.port, bench.client_tls, PATIENCE, most=200)
    with pytest.raises(Unreadable, match="larger than 200 bytes"):
        vim.ServiceInstance("ServiceInstance", wire).RetrieveContent()
    wire.close()


def test_nothing_is_read_behind_the_dot(bench: Bench) -> None:
    """A property read lazily is a mistake that shows at once, not a hidden round trip."""
    wire = Wire("127.0.0.1", bench.relay.port, bench.client_tls, PATIENCE)
    with pytest.raises(TypeError, match="lazy reading of serverClock"):
        _ = vim.ServiceInstance("ServiceInstance", wire).serverClock
    assert bench.relay.calls == []


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch, bench: Bench) -> None:
    """Proxies named in the environment see no byte."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        with bench.client() as client:
            assert client.identity()
        proxy.settimeout(0.05)
        with pytest.raises(TimeoutError):
            proxy.accept()


def test_a_silent_answer_to_a_change_is_an_unknown_outcome(bench: Bench, ref: VmRef) -> None:
    """When vCenter falls silent after the change was sent, the outcome is unknown and it is not sent again."""
    bench.relay.instead["PowerOnVM_Task"] = (200, {**XML, "Content-Length": "100"}, b"")
    with bench.client(timeout=timedelta(seconds=0.3)) as hasty, pytest.raises(OutcomeUnknown):
        hasty.power_on(ref)
    assert bench.relay.calls.count("PowerOnVM_Task") == 1


def test_a_password_that_cant_be_sent_is_told_without_being_shown(bench: Bench) -> None:
    """A login that no request can carry is an error of ours; nothing of it stands in the error or behind it."""
    guard = LoginGuard(lambda: Login("rollback", "canary\ud800"))
    with bench.client(guard=guard) as client, pytest.raises(Unreachable, match="can't be sent") as caught:
        client.clock()
    behind: list[BaseException] = [caught.value]
    for error in behind:
        assert "canary" not in repr(error) + str(vars(error))
        behind += [each for each in (error.__cause__, error.__context__) if each is not None]
    assert "Login" not in bench.relay.calls


def test_hostile_text_stays_one_argument(client: VSphere, ref: VmRef) -> None:
    """Markup and characters that XML doesn't know, in a name or description, arrive as text and nothing else."""
    name, text = "</name><memory>1</memory>&amp;\u202e", "a\x00b\x0bc]]>\ud800 <evil/>\r\n"
    client.wait([client.snapshot_create(ref, name, text)], PATIENCE)
    (snapshot,) = client.read(ref)[ref].snapshots
    assert snapshot.name == name
    assert snapshot.description.split() == ["a\ufffdb\ufffdc]]>\ufffd", "<evil/>"]
    assert snapshot.power == "poweredOff"
