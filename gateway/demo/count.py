"""How loss and doubling are counted, by a counter that the field itself keeps.

A simulated probe counts its answers and tells the count as a reading.  Each
value therefore stands for one answer: it must be in the buffer once and in the
province's database once, at one stamp.  Pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from telemetry.messages import Alert

Sample = tuple[int, float]
"""Stamp [ns since 1970] and counter value of one stored point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Counter values along the path."""

    answered: int  # sent by the probe
    committed: int  # rows of the gateway's buffer
    stored: int  # read back from the province's database
    lost: int  # committed and not stored
    duplicate: int  # a value at two stamps, or a stamp with two values
    missing_flagged: int  # rows of all sensors that say "no answer" (flag 9)
    missing_counted: int = 0  # of them, of the probe that counts
    cut_off: int = 0  # answered, not committed yet when the gateway was killed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What the cut link did."""

    seconds: float = 0.0
    buffered: int = 0  # rows that waited when the link came back
    drained_in_s: float | None = None  # until the last of them was confirmed [s]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An alert from its begin to its newest step, as it reached the province."""

    rule: str
    plot: str
    code: str
    states: tuple[str, ...]
    alert: Alert  # its first step, which people read
    ended_ms: int | None = None  # when its end reached the province, UTC

    def as_json(self) -> dict[str, Any]:
        """For ``--report``."""
        return {
            "rule": self.rule,
            "plot": self.plot,
            "states": list(self.states),
            "code": self.code,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of a demo."""

    readings: Readings
    outage: Outage
    episodes: tuple[Episode, ...] = ()
    lot: Mapping[str, Any] | None = None  # as ``canhdong-province lot --json`` says
    seed: str = ""  # keys that were pressed, and when

    @property
    def agrees(self) -> bool:
        """Whether every committed answer is stored exactly once, and all is told.

        An answer that came too late for its question is not committed: its tick
        is flagged missing instead.  Nor is one that a kill has cut off.
        """
        n = self.readings
        is_told = 0 <= n.answered - n.committed <= n.missing_counted + n.cut_off
        return is_told and n.committed == n.stored and not (n.lost or n.duplicate)

    @property
    def by_reader(self) -> tuple[Episode, ...]:
        """Alerts of the field before those of the technician."""
        return tuple(sorted(self.episodes, key=lambda e: e.alert.audience != "field"))

    def as_json(self) -> dict[str, Any]:
        """For ``--report``."""
        return {
            "readings": asdict(self.readings),
            "outage": asdict(self.outage),
            "alerts": [episode.as_json() for episode in self.episodes],
            "lot": self.lot,
            "seed": self.seed,
        }


def episodes(steps: Iterable[tuple[int, Alert]]) -> tuple[Episode, ...]:
    """Put together steps in the order of their coming, each with its UTC [ms]."""
    found: dict[str, list[tuple[int, Alert]]] = {}
    for at_ms, alert in steps:
        found.setdefault(alert.episode or alert.id, []).append((at_ms, alert))
    return tuple(
        Episode(
            rule=of_one[0][1].rule,
            plot=of_one[0][1].plot,
            code=of_one[0][1].code,
            states=tuple(alert.state for _, alert in of_one),
            alert=of_one[0][1],
            ended_ms=next((at for at, a in of_one if a.state == "resolved"), None),
        )
        for of_one in found.values()
    )


def tally(
    *,
    answered: int,
    committed: Iterable[float],
    stored: Iterable[Sample],
    missing_flagged: int,
    missing_counted: int = 0,
    cut_off: int = 0,
) -> Readings:
    """Count one probe's values."""
    rows, samples = list(committed), set(stored)
    values = {value for _, value in samples}
    stamps = Counter(stamp for stamp, _ in samples)
    at_two_stamps = len(samples) - len(values)
    with_two_values = len(samples) - len(stamps)
    return Readings(
        answered=answered,
        committed=len(rows),
        stored=len(values),
        lost=len(rows) - len(values & set(rows)),
        duplicate=at_two_stamps + with_two_values,
        missing_flagged=missing_flagged,
        missing_counted=missing_counted,
        cut_off=cut_off,
    )
