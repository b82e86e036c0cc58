"""What a stretch of time held of one quantity, folded by the quantity's kind.

A store adds up each series where the rows lie and hands over the sums; what they
mean together stands here once, so that all stores answer alike.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from telemetry.observer import observer_of
from telemetry.quantity import INSECT_COUNTS, QUANTITIES, Kind
from telemetry.series import NAME, PEST, STAGES, Z_LIMIT_CM

NO_DIRECTION: Final = 1e-9  # of a unit vector; rounding leaves 1e-16 of a sum of 0


class Mixed(ValueError):
    """A question whose answer would mix what must not be added up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: one quantity at one height of one plot, from start to end.

    ``start_ns`` is inside, ``end_ns`` outside. [ns since 1970]  ``z`` in cm as in
    the series.  Counts of insects need one ``pest``.  ``stage`` and ``sensor``
    narrow further; they are needed where several would be mixed.
    """

    quantity: str
    coop: str
    plot: str
    z: int
    start_ns: int
    end_ns: int
    pest: str | None = None
    stage: str | None = None
    sensor: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no series can answer; what passes is safe in a query."""
        if self.quantity not in QUANTITIES:
            msg = f"unknown quantity {self.quantity!r}"
            raise ValueError(msg)
        for key in ("coop", "plot", "sensor"):
            name = getattr(self, key)
            if name is not None and not NAME.fullmatch(name):
                msg = f"{key} {name!r} is not of the form {NAME.pattern}"
                raise ValueError(msg)
        if abs(self.z) > Z_LIMIT_CM:
            msg = f"z {self.z} cm is beyond ±{Z_LIMIT_CM}"
            raise ValueError(msg)
        counts_insects = self.quantity in INSECT_COUNTS
        if counts_insects and (self.pest is None or not PEST.fullmatch(self.pest)):
            msg = f"{self.quantity}: name one pest, by EPPO code or 'unsorted'"
            raise ValueError(msg)
        if not counts_insects and (self.pest is not None or self.stage is not None):
            msg = f"{self.quantity} has neither pest nor stage"
            raise ValueError(msg)
        if self.stage is not None and self.stage not in STAGES:
            msg = f"stage {self.stage!r} is none of {', '.join(STAGES)}"
            raise ValueError(msg)
        if self.end_ns <= self.start_ns:
            msg = "the end is not after the start"
            raise ValueError(msg)


Instant = tuple[int, float]  # stamp [ns since 1970], value


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a store has added up of one series, or of its thinned windows.

    Sums are over readings flagged 1 or 2: ``total``, ``north`` and ``east`` weigh
    a window by the readings that it stands for, ``amount`` takes it as it is.
    ``north`` and ``east`` are of directions only: cosines and sines.
    """

    gateway: str
    sensor: str
    stage: str | None
    count: int = 0
    missing: int = 0
    doubtful: int = 0
    total: float = 0.0
    amount: float = 0.0
    north: float = 0.0
    east: float = 0.0
    low: float | None = None
    high: float | None = None
    first: Instant | None = None
    last: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The answer.

    ``value`` is the mean of a level, the sum of an amount, last less first of a
    counter (``None`` where it fell), the vector mean of a direction (``None`` where
    all cancel out), the last of a state; ``low`` and ``high`` are of levels only.
    Only readings flagged 1 or 2 are ``count``-ed as values, thinned ones by the
    number that they stand for.  Stamps are those of the first and the last value.
    [ns since 1970]
    """

    count: int
    missing: int  # flag 9
    doubtful: int  # flags 3 and 4
    value: float | None
    low: float | None
    high: float | None
    first_ns: int | None
    last_ns: int | None


def summarise(question: Question, parts: Sequence[Part]) -> Summary | None:
    """Fold the parts of one question; ``None`` if nothing is stored.

    Raises
    ------
    Mixed
        The parts are of several stages of a pest, or of several sensors of a
        counter or state, and the question names none of them.
    """
    kind = QUANTITIES[question.quantity].kind
    if question.sensor is None:  # what devices measure, before what people tell
        parts = [part for part in parts if observer_of(part.sensor) is None] or parts
    _refuse_mixture(question, kind, parts)
    count = sum(part.count for part in parts)
    missing = sum(part.missing for part in parts)
    doubtful = sum(part.doubtful for part in parts)
    if not count + missing + doubtful:
        return None
    good = [part for part in parts if part.count]
    lows = [part.low for part in good if part.low is not None]
    highs = [part.high for part in good if part.high is not None]
    is_level = kind is Kind.LEVEL
    return Summary(
        count=count,
        missing=missing,
        doubtful=doubtful,
        value=_value(kind, good) if good else None,
        low=min(lows) if is_level and lows else None,
        high=max(highs) if is_level and highs else None,
        first_ns=min((one.first[0] for one in good if one.first), default=None),
        last_ns=max((one.last[0] for one in good if one.last), default=None),
    )


def _value(kind: Kind, good: Sequence[Part]) -> float | None:
    match kind:
        case Kind.LEVEL:
            return sum(one.total for one in good) / sum(one.count for one in good)
        case Kind.AMOUNT:
            return sum(one.amount for one in good)
        case Kind.COUNTER:
            return _increase(good)
        case Kind.DIRECTION:
            north, east = sum(one.north for one in good), sum(one.east for one in good)
            if math.hypot(north, east) < NO_DIRECTION * sum(one.count for one in good):
                return None
            return math.degrees(math.atan2(east, north)) % 360
        case Kind.STATE:
            return max(one.last for one in good if one.last)[1]


def _increase(good: Sequence[Part]) -> float | None:
    """Last less first, added up over gateways: a replaced one counts anew."""
    ends: dict[str, list[Instant]] = defaultdict(list)
    for one in good:
        if one.first and one.last:
            ends[one.gateway] += (one.first, one.last)
    steps = [max(some)[1] - min(some)[1] for some in ends.values()]
    return sum(steps) if min(steps) >= 0 else None


def _refuse_mixture(question: Question, kind: Kind, parts: Sequence[Part]) -> None:
    stages = sorted({part.stage for part in parts if part.stage is not None})
    if len(stages) > 1:
        names = ", ".join(stages)
        msg = f"{question.quantity} of {question.pest} has stages {names}; name one"
        raise Mixed(msg)
    sensors = sorted({part.sensor for part in parts})
    if kind in (Kind.COUNTER, Kind.STATE) and len(sensors) > 1:
        names = ", ".join(sensors)
        msg = f"{question.quantity} comes from sensors {names}; name one"
        raise Mixed(msg)
