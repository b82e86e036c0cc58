"""What a test's rules have told against what was expected of them.  Pure.

Whatever is told and was not expected is a fault, and so is a rule that was quiet
only because it never could judge.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from rules.episode import code_of
from rules.text import local
from rules.trial import Course, Expected, Told, Trial
from rules.trial_times import offset

MOST_REASONS: Final = 3  # of a rule that rested, the most frequent ones
MOST_TOLD: Final = 5  # episodes of one rule that were told and not expected

_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def faults(trial: Trial, course: Course) -> list[str]:
    """Every way in which a course is not what was expected."""
    found: list[str] = []
    left, late = list(course.told), []
    for wanted in sorted(trial.expected, key=lambda each: each.from_ms):
        got = _nearest(wanted, left)
        if got is None or abs(got.from_ms - wanted.from_ms) > wanted.within_ms:
            late.append(wanted)
            continue
        left.remove(got)
        found += _differences(trial, wanted, got)
    for wanted in late:
        got = _nearest(wanted, left)
        if got is None:
            found.append(_untold(trial, course, wanted))
            continue
        left.remove(got)
        found += _differences(trial, wanted, got)
    found += _unexpected(trial, left)
    return found + _unjudged(trial, course)


def proven_quiet(trial: Trial, course: Course) -> set[str]:
    """Rules that this test wanted quiet, and that could have spoken."""
    wanted = set(trial.rules) if trial.is_all_quiet else set(trial.quiet)
    return (wanted & course.judged) - {each.rule for each in course.told}


def _nearest(wanted: Expected, left: Iterable[Told]) -> Told | None:
    fitting = [
        got
        for got in left
        if got.rule == wanted.rule and wanted.subject in (None, got.subject)
    ]
    return min(fitting, key=lambda got: abs(got.from_ms - wanted.from_ms), default=None)


def _differences(trial: Trial, wanted: Expected, got: Told) -> list[str]:
    """One paragraph of all that differs, or nothing."""
    differs = []
    if abs(got.from_ms - wanted.from_ms) > wanted.within_ms:
        differs.append(
            f"expected from {offset(wanted.from_ms)} ± {offset(wanted.within_ms)[1:]},"
            f" got {offset(got.from_ms)}"
        )
    if not _is_end(wanted, got):
        differs.append(f"expected {_end(wanted.to_ms)}, got {_end(got.to_ms)}")
    if wanted.states is not None and wanted.states != tuple(got.states):
        differs.append(
            f"expected {', '.join(wanted.states)}; got {', '.join(got.states)}"
        )
    if wanted.says is not None and not _says(got, wanted.says):
        differs.append(f"expected the words {wanted.says!r}")
    if not differs:
        return []
    lines = "".join(f"\n    {each}" for each in differs)
    return [f"{wanted.rule} on {got.subject}:{lines}\n{_got(trial, got)}"]


def _says(got: Told, words: str) -> bool:
    """Whether a text holds these words, whatever letter a sentence begins with."""
    return any(words.casefold() in each.casefold() for each in got.words)


def _is_end(wanted: Expected, got: Told) -> bool:
    if wanted.to_ms is None and got.is_daily:
        return True
    if wanted.to_ms is None or got.to_ms is None:
        return wanted.to_ms is got.to_ms
    return abs(wanted.to_ms - got.to_ms) <= wanted.within_ms


def _end(to_ms: int | None) -> str:
    return "no end" if to_ms is None else f"to {offset(to_ms)}"


def _untold(trial: Trial, course: Course, wanted: Expected) -> str:
    return (
        f"{wanted.rule}: expected from {_when(trial, wanted.from_ms)}, never told"
        f"{_why(course, wanted.rule)}"
    )


def _unexpected(trial: Trial, left: Iterable[Told]) -> Iterator[str]:
    """What was told too much, a few of each rule."""
    of_rule: dict[str, list[Told]] = {}
    for got in left:
        of_rule.setdefault(got.rule, []).append(got)
    for name, some in of_rule.items():
        for got in some[:MOST_TOLD]:
            yield f"{name} on {got.subject}: not expected, but told\n{_got(trial, got)}"
        if len(some) > MOST_TOLD:
            yield f"{name}: not expected, but told {len(some) - MOST_TOLD} times more"


def _unjudged(trial: Trial, course: Course) -> list[str]:
    """Rules that were quiet for another reason than the one that was expected."""
    found = [
        f"{name}: quiet only because it never could judge; if that is what is meant,"
        f" write it under rests{_why(course, name)}"
        for name in sorted(trial.quiet - course.judged)
    ]
    found += (
        f"{name}: expected to rest, but it could judge; write it under quiet"
        for name in sorted(trial.rests & course.judged)
    )
    found += (
        f"{name}: {why}"
        for name, whys in course.resting.items()
        for why in whys
        if why.startswith("broken")
    )
    return found


def _got(trial: Trial, got: Told) -> str:
    end = "stands at the end"
    if got.to_ms is not None:
        end = f"to {_when(trial, got.to_ms)}"
    words = "".join(f"\n      {each}" for each in got.words)
    return (
        f"    got {code_of(got.episode)} from {_when(trial, got.from_ms)}, {end}:"
        f" {', '.join(got.states)}{words}"
    )


def _why(course: Course, rule: str) -> str:
    """Why a rule rested, the most frequent reasons first.

    Reasons that differ in their numbers only are one, told by its last words.
    """
    whys: Counter[str] = Counter()
    last: dict[str, str] = {}
    for why, n in course.resting[rule].items():
        kind = _NUMBER.sub("#", why)
        whys[kind] += n
        last[kind] = why
    if not whys and rule not in course.judged:
        return "\n    it was asked of nothing: is it of another crop?"
    return "".join(
        f"\n    rested {n} of {course.looks} looks: {last[kind]}"
        for kind, n in whys.most_common(MOST_REASONS)
    )


def _when(trial: Trial, ms: int) -> str:
    return f"{offset(ms)} ({local(trial.start_ms + ms):%Y-%m-%d %H:%M})"
