"""The graph of needs: circles, an order to read them in, and which stages can run side by side."""

from collections.abc import Mapping, Sequence


def cycle_in(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """One circle of needs, its first stage again at the end; empty when there is none.

    Args:
        needs: For each stage the stages that it needs; unknown ones are passed over.
    """
    done: set[str] = set()
    for start in needs:
        walked: list[str] = []
        pending = [(start, iter(needs[start]))]
        while pending and start not in done:
            stage, rest = pending[-1]
            if stage not in walked:
                walked.append(stage)
            ahead = next((one for one in rest if one in needs and one not in done), None)
            if ahead is None:
                done.add(walked.pop())
                pending.pop()
            elif ahead in walked:
                return [*walked[walked.index(ahead) :], ahead]
            else:
                pending.append((ahead, iter(needs[ahead])))
    return []


def in_order(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """The stages so that each stands after all that it needs, and otherwise as they are given.

    Args:
        needs: For each stage the stages that it needs, without a circle; unknown ones are passed over.
    """
    left = {stage: {one for one in needed if one in needs} for stage, needed in needs.items()}
    ordered: list[str] = []
    while left:
        ready = next(stage for stage, needed in left.items() if not needed)
        ordered.append(ready)
        del left[ready]
        for needed in left.values():
            needed.discard(ready)
    return ordered


def ancestors(needs: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """For each stage all stages that have ended before it starts, however far back.

    Args:
        needs: For each stage the stages that must have *ended* before; no circle.
    """
    found: dict[str, frozenset[str]] = {}
    for stage in in_order(needs):
        near = [one for one in needs[stage] if one in needs]
        found[stage] = frozenset(near).union(*(found[one] for one in near))
    return found
