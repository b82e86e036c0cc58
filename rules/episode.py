"""The life of an alert: quiet, pending, firing, and its end.  Pure.

``step`` is told what a look at the field has found and how much field time has
passed within the same boot; durations add up over looks, so no wall clock and no
stopped machine can lengthen or shorten a hold.  An episode is born when a rule
begins to fire; its code is the name by which people speak of it.
"""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

CODE_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that looks like another
CODE_LENGTH: Final = 3  # 32,768 codes: enough for what is open in a province at once


class Phase(StrEnum):
    """How a rule stands on a subject."""

    QUIET = "quiet"
    PENDING = "pending"  # the condition holds, not yet for long enough
    FIRING = "firing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A rule's state on one subject.  Times are field time [ms]."""

    phase: Phase = Phase.QUIET
    since_boot: str = ""  # when the condition began to hold
    since_ms: int = 0
    since_utc_ms: int | None = None
    held_ms: int = 0  # how long it has held
    cleared_ms: int | None = None  # how long it has been clear, if it is
    blind_ms: int = 0  # how long there has been no data
    is_blind: bool = False  # and that was told
    is_line: bool = False  # one line a day, whose end is not told
    episode: str = ""
    step: int = 0  # last event of the episode


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look has found; ``None`` is unknown.

    ``passed_ms`` is the field time since the last look of the same boot.
    """

    boot: str
    at_ms: int
    utc_ms: int | None
    passed_ms: int
    holds: bool | None
    clears: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a condition must hold, its end must last, and a gap may last. [ms]"""

    hold_ms: int = 0
    clear_ms: int = 0
    blind_ms: int = 3 * 60_000


def step(
    now: Standing, look: Look, patience: Patience, name: str
) -> tuple[Standing, str | None]:
    """Return the next state and the event it means, ``None`` if none.

    ``name`` is of rule and subject and begins the episode's name.  Events are
    ``firing``, ``no_data``, ``resumed`` and ``resolved``.
    """
    if look.holds is None and (now.phase is not Phase.FIRING or look.clears is None):
        return _blind(now, look, patience)
    seen = replace(now, blind_ms=0) if now.blind_ms else now
    if now.phase is Phase.FIRING:
        return _fire_on(seen, look, patience)
    if not look.holds:
        return Standing(), None
    if now.phase is Phase.QUIET:
        begun = Standing(
            phase=Phase.PENDING,
            since_boot=look.boot,
            since_ms=look.at_ms,
            since_utc_ms=look.utc_ms,
        )
        return _hold(begun, look, patience, name)
    return _hold(
        replace(seen, held_ms=now.held_ms + look.passed_ms), look, patience, name
    )


def end(now: Standing) -> tuple[Standing, str | None]:
    """End whatever is open: the rule or its subject is no more, or its time is over."""
    if now.phase is not Phase.FIRING:
        return Standing(), None
    return replace(now, phase=Phase.QUIET, step=now.step + 1), "resolved"


def kept(now: Standing) -> Standing:
    """Leave what is open as it is for a while; a hold begins anew after it."""
    return now if now.phase is Phase.FIRING else Standing()


def code_of(episode: str) -> str:
    """Three characters that name an episode.

    >>> code_of("rice-water-low-p17-7f3a9c12-1")
    'A9K'
    """
    number = int.from_bytes(hashlib.sha256(episode.encode()).digest()[:4])
    letters = ""
    for _ in range(CODE_LENGTH):
        number, at = divmod(number, len(CODE_LETTERS))
        letters += CODE_LETTERS[at]
    return letters


def _hold(
    now: Standing, look: Look, patience: Patience, name: str
) -> tuple[Standing, str | None]:
    if now.held_ms < patience.hold_ms:
        return now, None
    episode = f"{name}-{now.since_boot[:8]}-{now.since_ms:x}"
    return replace(now, phase=Phase.FIRING, episode=episode, step=1), "firing"


def _fire_on(
    now: Standing, look: Look, patience: Patience
) -> tuple[Standing, str | None]:
    cleared = None
    if look.clears:  # counted from the first clear look, as a hold is
        before = now.cleared_ms
        cleared = 0 if before is None else before + look.passed_ms
        if cleared >= patience.clear_ms:
            return end(now)
    now = replace(now, cleared_ms=cleared)
    if now.is_blind:
        return replace(now, is_blind=False, step=now.step + 1), "resumed"
    return now, None


def _blind(
    now: Standing, look: Look, patience: Patience
) -> tuple[Standing, str | None]:
    if now.phase is Phase.QUIET:
        return now, None
    now = replace(now, blind_ms=now.blind_ms + look.passed_ms)
    is_told = now.is_blind or now.phase is Phase.PENDING
    if is_told or now.blind_ms < patience.blind_ms:
        return now, None
    return replace(now, is_blind=True, step=now.step + 1), "no_data"
