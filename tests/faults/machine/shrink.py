"""Cutting a bad run short."""

from collections.abc import Sequence

from tests.faults.machine.actions import Action
from tests.faults.machine.walk import Outcome, run


def kind_of(outcome: Outcome) -> str:
    """First word of the first fault, by which runs are alike."""
    return outcome.faults[0].split(":")[0].split()[0] if outcome.faults else ""


def shrunk(actions: Sequence[Action], kind: str) -> list[Action]:
    """A shorter run with the same kind of fault, none of whose parts can go."""
    best = _fewer(list(actions), kind)
    for at in range(len(best)):
        for place in range(1, len(best[at])):
            best = _smaller(best, at, place, kind)
    return best


def _fewer(best: list[Action], kind: str) -> list[Action]:
    chunk = max(1, len(best) // 2)
    while True:
        at = 0
        while at < len(best):
            less = best[:at] + best[at + chunk :]
            if _is_bad(less, kind):
                best = less
            else:
                at += chunk
        if chunk == 1:
            return best
        chunk //= 2


def _smaller(best: list[Action], at: int, place: int, kind: str) -> list[Action]:
    """The same run with the smallest number at one place, of a few that are tried."""
    number = int(best[at][place])
    for smaller in (0, number // 2, number - 1):
        if 0 <= smaller < number:
            action = (*best[at][:place], smaller, *best[at][place + 1 :])
            less = [*best[:at], action, *best[at + 1 :]]
            if _is_bad(less, kind):
                return less
    return best


def _is_bad(some: Sequence[Action], kind: str) -> bool:
    return kind_of(run(some)) == kind
