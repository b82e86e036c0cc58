"""Alternate wetting and drying as a cycle: flooded, drying, trigger, re-flood.

``rules.models.water`` says what safe AWD asks for at one level; this follows a
field through its cycle, so that noise and ripples neither start nor end anything,
and a re-flood is seen to come.  Feed it the middle of three readings, ``settled``,
every 15 to 60 minutes [D].

Holds, all [D]: after sowing the field goes by the sower's own rule and nothing is
advised (*rest*; IRRI starts AWD one to two weeks after transplanting); after
herbicide or fertiliser water is kept standing (*pond*).

Nothing here needs numpy: the gateway may run it.

References
----------
.. [1] IRRI, "Saving water with alternate wetting and drying", as reposted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from statistics import median
from typing import Final, Literal

from rules.models.water import KEEP_CM, SAFE_CM, Action, to_do

Hold = Literal["rest", "pond"]

DEADBAND_CM: Final = 1.0  # cm; less is ripples and noise [D]
POND_CM: Final = 0.0  # cm; the soil surface, which may not fall dry in a hold [D]
READINGS: Final = 3  # whose middle counts [D]
SOWING_DAYS: Final = 14  # d; the later of the one to two weeks of [1]
HERBICIDE_DAYS: Final = 5  # d of standing water [D]
FERTILISER_DAYS: Final = 3  # d of standing water [D]


class Phase(Enum):
    """Where in its cycle a field is."""

    FLOODED = "flooded"
    DRYING = "drying"
    TRIGGER = "trigger"  # water is asked for
    REFLOOD = "reflood"  # and comes


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known at one moment."""

    at_ms: int  # UTC [ms since 1970], later than the last
    level_cm: float | None  # from the soil surface; ``None`` is a gap
    days_to_flowering: float | None  # to its peak, negative after it
    hold: Hold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A field in its cycle."""

    phase: Phase
    since_ms: int  # when the phase began
    seen_ms: int  # the newest facts
    turn_cm: float  # lowest level of the phase; highest while it floods
    is_sure: bool = True  # False: what to do hangs on an unknown flowering date


def settled(levels_cm: Sequence[float]) -> float | None:
    """Middle of the newest three levels, ``None`` while there are fewer. [cm]

    >>> settled([-4.0, -4.2, 31.0, -4.4])
    -4.2
    """
    newest = levels_cm[-READINGS:]
    return median(newest) if len(newest) == READINGS else None


def held(
    since_sowing: float | None,
    since_herbicide: float | None = None,
    since_fertiliser: float | None = None,
) -> Hold | None:
    """Hold in force, by the days since each; ``None`` is not done. [d]

    >>> held(5), held(30, 2), held(30, 20, 9)
    ('rest', 'pond', None)
    """

    def lately(days: float | None, within: float) -> bool:
        if days is not None and math.isnan(days):
            msg = (
                "days since sowing or spraying are nan; give None where it is not done"
            )
            raise ValueError(msg)
        return days is not None and 0 <= days < within

    if lately(since_sowing, SOWING_DAYS):
        return "rest"
    sprayed = lately(since_herbicide, HERBICIDE_DAYS)
    return "pond" if sprayed or lately(since_fertiliser, FERTILISER_DAYS) else None


def step(state: State | None, facts: Facts, safe_cm: float = SAFE_CM) -> State | None:
    """Carry a field on by one look.

    Parameters
    ----------
    state : State or None
        ``None`` before the first level.
    facts : Facts
        Later than ``state.seen_ms``.
    safe_cm : float
        Where to irrigate outside flowering. [cm]  Below the surface.

    Returns
    -------
    State or None
        After a gap the state as it was.  ``None`` only before the first level.

    Notes
    -----
    At or below ``safe_cm`` the answer is TRIGGER or REFLOOD, whatever came before,
    unless the field rests.  Around flowering 5 cm are kept, and asked for again
    when a deadband of them is gone.  REFLOOD is a rise by a deadband from the
    lowest level; it ends at 5 cm, or when the water falls by one again.

    Examples
    --------
    >>> state, phases = None, []
    >>> for hour, level in enumerate([4, -2, -15, -15.3, -14, 2, 5]):
    ...     facts = Facts(at_ms=hour, level_cm=level, days_to_flowering=30)
    ...     state = step(state, facts)
    ...     phases.append(state.phase.value)
    >>> phases
    ['flooded', 'drying', 'trigger', 'trigger', 'reflood', 'reflood', 'flooded']
    """
    if not (math.isfinite(safe_cm) and safe_cm < -DEADBAND_CM):
        msg = f"safe_cm is {safe_cm}; it must be a level below the surface, as -15"
        raise ValueError(msg)
    if state is not None and facts.at_ms <= state.seen_ms:
        msg = f"facts of {facts.at_ms} ms are not after {state.seen_ms} ms; sort them"
        raise ValueError(msg)
    level, days = facts.level_cm, facts.days_to_flowering
    if days is not None and not math.isfinite(days):
        msg = f"days to flowering are {days}; give a number, or None if not known"
        raise ValueError(msg)
    if level is None:
        return state and replace(state, seen_ms=facts.at_ms)
    if not math.isfinite(level):
        msg = f"water level is {level}; give a level in cm, or None for a gap"
        raise ValueError(msg)
    if state is None:
        asks = _asks(facts, level, safe_cm)
        phase = Phase.TRIGGER if asks else _by_level(level)
    else:
        phase = _next(state, facts, level, safe_cm)
    since, turn = facts.at_ms, level
    if state is not None and phase is state.phase:
        furthest = max if phase is Phase.REFLOOD else min
        since, turn = state.since_ms, furthest(state.turn_cm, level)
    return State(
        phase=phase,
        since_ms=since,
        seen_ms=facts.at_ms,
        turn_cm=turn,
        is_sure=facts.hold is not None or _safe(facts, level, safe_cm) is not None,
    )


def _next(state: State, facts: Facts, level: float, safe_cm: float) -> Phase:
    """Phase after a look."""
    asks = _asks(facts, level, safe_cm)
    if state.phase is Phase.REFLOOD:
        return _flooding(level, state.turn_cm, asks)
    if state.phase is Phase.TRIGGER:
        # noise alone does not take a request back
        stays = _asks(facts, level - DEADBAND_CM, safe_cm)
        rises = level >= state.turn_cm + DEADBAND_CM
        asked = Phase.TRIGGER if stays else _by_level(level)
        return Phase.REFLOOD if rises else asked
    if asks:
        return Phase.TRIGGER
    return state.phase if abs(level) < DEADBAND_CM else _by_level(level)


def _flooding(level: float, highest: float, asks: bool) -> Phase:
    """Phase after a look at a field to which water comes."""
    if level >= KEEP_CM:
        return Phase.FLOODED
    if level > highest - DEADBAND_CM:
        return Phase.REFLOOD
    return Phase.TRIGGER if asks else _by_level(level)


def _asks(facts: Facts, level: float, safe_cm: float) -> bool:
    """Whether water is wanted at a level."""
    if facts.hold == "rest":
        return False
    if facts.hold == "pond" and level <= POND_CM:
        return True
    wanted = _safe(facts, level, safe_cm) == "irrigate_to_5cm"
    return wanted and (level <= safe_cm or level < KEEP_CM - DEADBAND_CM)


def _safe(facts: Facts, level: float, safe_cm: float) -> Action | None:
    return to_do(level, facts.days_to_flowering, safe_cm)


def _by_level(level: float) -> Phase:
    return Phase.FLOODED if level > POND_CM else Phase.DRYING
