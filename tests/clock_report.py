"""Holes and clock faults in the stamps of recorded files, against their labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rules.quality.clock import Jump, Kind, is_shuffled, jumps
from tests.recorded_soil import usses_stamps
from tests.recordings import Series, at_ms, rows, texts

USSES: Final = "usses_decagon_clock_faults"
LABELS: Final = "labels_clock_jumps.csv"
STEP_MS: Final = 2 * 3_600_000  # the loggers' interval
HOUR_MS: Final = 3_600_000
# The day after the last download of the folder's season, as the file names have it.
TAKEN: Final = {
    "2013_2": "2013-11-10",
    "2014_1": "2014-04-14",
    "2014_2": "2014-09-16",
    "2015_1": "2015-05-01",
}


@dataclass(frozen=True, slots=True)
class Holes:
    """Gaps in the stamps of one series."""

    name: str
    count: int
    longest_s: float

    def __str__(self) -> str:
        return f"{self.count} in {self.name}, the longest of {self.longest_s:,.0f} s"


def holes(series: Series) -> Holes:
    """Steps ahead by more than one and a half intervals."""
    if len(series.ms) < 2:
        return Holes(series.name, 0, 0.0)
    gaps = [
        j
        for j in jumps(series.ms.tolist())
        if j.kind is Kind.GAP
        and j.skipped_ms > (j.to_ms - j.from_ms - j.skipped_ms) / 2
    ]
    longest = max((j.skipped_ms for j in gaps), default=0)
    return Holes(series.name, len(gaps), longest / 1000)


@dataclass(frozen=True, slots=True)
class Label:
    """What the owners say of one line."""

    hours: float
    is_corrected: bool


def labels(path: Path) -> dict[str, dict[int, Label]]:
    """By file and place of the row, counted from 0."""
    table = rows(path)
    columns = (
        texts(table, name) for name in ("f", "hours_skipped", "change", "reading")
    )
    found: dict[str, dict[int, Label]] = {}
    for name, hours, change, reading in zip(*columns, strict=True):
        file = name.replace("/", "__").removesuffix(".txt")
        label = Label(float(hours), change == "1")
        found.setdefault(file, {})[int(reading) - 2] = label
    return found


def report(paths: Sequence[Path], known_in: Path | None) -> list[str]:
    """Every jump of the files, and the count against the labels."""
    known = labels(known_in) if known_in is not None else {}
    lines, tally = [], dict.fromkeys(("labelled", "seen", "corrected", "certain"), 0)
    more = unlabelled_clock = 0
    for path in paths:
        stamps = usses_stamps(rows(path)).tolist()
        here = known.get(path.stem, {})
        taken = TAKEN.get(path.name[:6])
        found = list(jumps(stamps, STEP_MS, at_ms(taken) if taken else None))
        seen = {jump.at: jump for jump in found}
        if is_shuffled(stamps):
            lines.append(f"{path.stem}: {len(stamps)} rows out of order: not judged")
            continue
        tally["labelled"] += len(here)
        tally["seen"] += len(here.keys() & seen.keys())
        tally["corrected"] += sum(label.is_corrected for label in here.values())
        tally["certain"] += sum(
            label.is_corrected and at in seen and seen[at].kind.is_clock
            for at, label in here.items()
        )
        extra = [jump for jump in found if jump.at not in here]
        more += len(extra)
        unlabelled_clock += sum(jump.kind.is_clock for jump in extra)
        wrong = [
            at for at, one in here.items()
            if not one.is_corrected and at in seen and seen[at].kind.is_clock
        ]  # fmt: skip
        lines.append(
            f"{path.stem}: {len(stamps):,} rows, {len(here)} labelled,"
            f" {len(found)} jumps seen{'' if not wrong else f', {len(wrong)} wrongly'}"
        )
        lines += [f"    {_told(jump, here.get(jump.at))}" for jump in found[:8]]
        lines += [f"    … and {len(found) - 8} more"] if len(found) > 8 else []
        lines += [
            f"    line {at + 2}: labelled {label.hours:+,.0f} h, the stamps go on"
            for at, label in here.items()
            if at not in seen
        ]
    lines.append(
        f"labelled {tally['labelled']}, seen at that line {tally['seen']};"
        f" corrected by the owners {tally['corrected']}, of these the clock's for"
        f" certain {tally['certain']}, the others look like gaps; let stand and called"
        f" the clock's 0; jumps without label {more}, of these called the clock's"
        f" {unlabelled_clock}"
    )
    return lines


def _told(jump: Jump, label: Label | None) -> str:
    before, after = (
        datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        for ms in (jump.from_ms, jump.to_ms)
    )
    owners = "no label" if label is None else f"labelled {label.hours:+,.0f} h"
    if label is not None:
        owners += ", corrected" if label.is_corrected else ", let stand"
    hours = jump.skipped_ms / HOUR_MS
    return (
        f"line {jump.at + 2}: {before} > {after} {hours:+,.0f} h {jump.kind}; {owners}"
    )


def usses(data: Path) -> Iterator[tuple[str, list[str]]]:
    """The clocks of all loggers of the sheep station."""
    folder = data / USSES
    files = sorted(folder.glob("201*.csv"))
    yield "usses clocks", report(files, folder / LABELS)
