"""A rule file as it is written: its tables and their single values.

``[sources.ID]`` of a site's own, ``[sets.NAME]`` of thresholds, ``[rules.ID]`` and
``[charts.ID]``.  What must agree between them is judged in ``rules.faults``.
"""

import os
import re
import stat
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from rules.sources import SourceTable
from telemetry import settings
from telemetry.quantity import QUANTITIES
from telemetry.settings import ConfigError

Per = Literal["plot", "sensor", "gateway"]
Kind = Literal["alert", "daily"]
Severity = Literal["notice", "warning", "critical"]
Action = Literal["scout", "irrigate", "drain", "protect", "harvest", "control"]
Audience = Literal["field", "technician"]
State = Literal["sourced", "proposed", "approved"]
Hours = Annotated[float, Meta(ge=0, le=24 * 60)]  # two months

VERSION: Final = 1
MOST_BYTES: Final = 256 * 1024  # a dozen times the greatest pack
MOST_NAMES: Final = 300  # tables of a kind in a file, numbers in a set, names in a list
MOST_PARTS: Final = 16  # of a dotted key; rules need four, and n of them take n² time

UNITS: Final = frozenset(
    {
        *("h", "d", "nights", "days", "polls", "1"),
        *("mm", "mm/d", "°d", "g/L", "insects"),
        *(q.unit for q in QUANTITIES.values()),
        *(f"{q.unit}/d" for q in QUANTITIES.values()),
    }
)
"""Units that a number of a set may have."""

_DOTTED: Final = re.compile(
    rb"""(?<![\w"'-])(?:(?:"[^"\n]*"|'[^'\n]*'|[\w-]+)[ \t]*\.[ \t]*){%d}"""
    % MOST_PARTS
)
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The same in both languages."""

    vi: str
    en: str


class NumberTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[sets.NAME.numbers]``: one number, its unit, and where it can be read."""

    value: float
    unit: str
    source: str


class WaitTable(msgspec.Struct, frozen=True, kw_only=True):
    """How long a condition, or its end, must last."""

    h: Hours
    source: str


class SetTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[sets.NAME]``: numbers that belong together, and how far they are trusted."""

    state: State
    approved_by: str | None = None  # name, office
    approved_on: date | None = None
    about: Said | None = None
    numbers: dict[str, NumberTable] = {}


class RuleTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[rules.ID]``."""

    per: Per = "plot"
    kind: Kind = "alert"  # daily: one line a day, whose end is not told
    audience: Audience = "field"
    crops: list[str] = []
    stages: list[str] = []
    methods: list[Literal["sa", "cay"]] = []
    seasons: list[str] = []  # of rules/calendar.toml
    hours: str | None = None  # of the local day: "18:00-07:00"
    set: str
    sources: list[str] = []  # what its functions rest on, beside its numbers
    needs: str | None = None  # what must be so before the rule can judge
    when: str
    hold: WaitTable | None = None
    clear: str | None = None  # ``when`` no longer, where it is left out
    clear_after: WaitTable | None = None
    severity: Severity
    action: Action
    value: str | None = None  # the number that the alert shows
    title: Said
    say: Said
    do: Said
    off: str | None = None  # why it ships off although its numbers have sources


class ChartTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[charts.ID]``: a curve for people to look at; it tells nobody anything."""

    crops: list[str] = []
    set: str | None = None  # where ``value`` needs numbers
    value: str
    title: Said


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file."""

    version: Literal[1]
    sources: dict[str, SourceTable] = {}
    sets: dict[str, SetTable] = {}
    rules: dict[str, RuleTable] = {}
    charts: dict[str, ChartTable] = {}


def read(path: Path) -> dict[str, Any]:
    """Read the tables of a file as they are written, within bounds.

    Raises
    ------
    ConfigError
        It cannot be read, is no file, is too large, or is not TOML.
    """
    try:
        return settings.parse(_bounded(path))
    except OSError as fault:
        why = [f"cannot be read: {fault.strerror}"]
    except ConfigError as fault:
        why = fault.faults
    raise ConfigError(f"{path}: {each}" for each in why)


def _bounded(path: Path) -> bytes:
    """Bytes of a regular file; a pipe or device is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ConfigError(["is not a file that can be read"])
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            body = file.read(MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(body) > MOST_BYTES:
        raise ConfigError([f"is larger than {MOST_BYTES // 1024} KiB; split it"])
    if _DOTTED.search(body):
        raise ConfigError([f"a key has more than {MOST_PARTS} parts"])
    return body


def hours_of_day(written: str) -> tuple[int, int] | None:
    """Begin and end in minutes of the local day, ``None`` if it says no hours.

    >>> hours_of_day("18:00-07:30"), hours_of_day("6-9")
    ((1080, 450), None)
    """
    found = _HOURS.fullmatch(written)
    if found is None:
        return None
    a, b, c, d = map(int, found.groups())
    return None if (a, b) == (c, d) else (60 * a + b, 60 * c + d)
