"""What was found, missed and raised wrongly, counted by series and check."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from telemetry.reading import Flag
from tests.recordings import Array, Series

HEAD: Final = (
    f"{'series':26}{'check':26}{'known':>8}{'found':>8}{'missed':>8}"
    f"{'runs':>10}{'good rows':>11}{'flagged':>9}{'rate':>9}"
)


@dataclass(slots=True)
class Score:
    """Rows of one check over the series that are counted together."""

    known: int = 0
    found: int = 0
    runs: int = 0  # stretches of known rows
    runs_found: int = 0  # of them with at least one row flagged
    good: int = 0
    flagged: int = 0  # of the good ones

    def add(self, bad: Array, good: Array, raised: Array, judged: Array) -> None:
        """Take one series more, of which the check has ``judged`` some rows."""
        self.known += int((bad & judged).sum())
        self.found += int((bad & raised).sum())
        for first, last in _stretches(bad):
            self.runs += 1
            self.runs_found += bool(raised[first:last].any())
        self.good += int((good & judged).sum())
        self.flagged += int((good & raised).sum())

    def line(self, series: str, check: str) -> str:
        """One row of the table."""
        rate = f"{self.flagged / self.good:.3%}" if self.good else "-"
        runs = f"{self.runs_found}/{self.runs}" if self.runs else "-"
        return (
            f"{series:26}{check:26}{self.known:>8,}{self.found:>8,}"
            f"{self.known - self.found:>8,}{runs:>10}{self.good:>11,}"
            f"{self.flagged:>9,}{rate:>9}"
        )


@dataclass(slots=True)
class Account:
    """What became of one set, series by series and check by check."""

    scores: dict[tuple[str, str], Score] = field(default_factory=dict)

    def add(self, series: Series, found: dict[str, Array], told: Array) -> None:
        """Take the flags of one series; ``told`` marks the rows to report."""
        name = series.group or series.name
        present = np.isfinite(series.values) & told
        bad, good = series.is_bad() & present, ~series.is_bad() & present
        nothing = np.zeros(len(series.ms), dtype=bool)
        whole = nothing.copy()
        for check, flags in found.items():
            raised = flags_up(flags)
            whole |= raised
            self._score(name, check).add(bad, good, raised, flags != Flag.UNCHECKED)
        self._score(name, "all").add(bad, good, whole, present)
        for kind, rows in series.bad.items() if len(series.bad) > 1 else ():
            mask = rows & present
            if mask.any():
                self._score(name, f"all: {kind}").add(mask, nothing, whole, present)

    def lines(self) -> Iterator[str]:
        """The table's rows, but those of checks that raised nothing."""
        for (series, check), score in self.scores.items():
            if check == "all" or score.found or score.flagged:
                yield score.line(series, check)

    def _score(self, series: str, check: str) -> Score:
        return self.scores.setdefault((series, check), Score())


def flags_up(flags: Array) -> Array:
    """Where a flag says suspect or fail."""
    return np.isin(flags, (Flag.SUSPECT, Flag.FAIL))


def _stretches(mask: Array) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(int), [0]))))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
