"""`verify-service`: real devices are tried by people, while the bot watches the addresses that they use."""

from collections.abc import Iterator

from rollback.actions.action import Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.nodes.watching import held
from rollback.actions.parts import Reads, passed, still_open, verdict
from rollback.actions.probes import VSERVER
from rollback.actions.traffic.opening import nodes_on
from rollback.cluster import Cluster
from rollback.systems import Systems
from storage.words import CheckState, Severity

PROBES = "probes"


class VerifyService(Reads):
    """People's matrix of kinds and functions; the bot's probes of nodes and virtual addresses."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Nothing is changed."""
        on = ", ".join(serving(given))
        return Preview(
            facts=(Fact("nodes that serve", on),),
            findings=tuple(_kinds(given)),
            dies="Nothing: people carry this stage.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Nodes and virtual addresses have been good for a while, each reading of them."""
        span, since = given.estate.timings.joined, given.stage_started or given.now
        nodes = held(PROBES, given, samples, serving(given), span)
        wrong = [] if nodes.state is CheckState.PASSED else [nodes.text]
        for listed in given.estate.netscaler.vservers:
            last = samples.last(VSERVER, listed.name)
            if last is None:
                health = systems.get(Cluster).vip_health(listed)
                wrong += [] if health.ok else [f"{listed.name}: {health.why}"]
            elif not samples.held(VSERVER, listed.name, since, span):
                wrong.append(f"{listed.name} has not held yet ({last[2]})")
        if wrong:
            return verdict(given, still_open(PROBES, "; ".join(wrong)))
        return verdict(given, passed(PROBES, "Nodes and virtual addresses have held without one miss."))

    def result(self, systems: Systems, given: Given) -> Json:
        """That people have tried it."""
        return {"nodes": list(serving(given))}


def serving(given: Given) -> tuple[str, ...]:
    """The nodes that must serve: those that the stages have switched on; all, where nobody knows which."""
    return nodes_on(given) or tuple(node.name for node in given.estate.nodes)


def _kinds(given: Given) -> Iterator[Finding]:
    unknown = (given.results.get("compare-devices") or {}).get("unknown_kind", 0)
    if unknown:
        text = f"{unknown} devices that must enrol again are of an unknown kind: no tester stands for them."
        yield Finding("no-tester", Severity.WARN, text)
