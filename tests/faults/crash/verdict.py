"""What a buffer must hold after a power cut, by what its writer had said.

``judge`` opens the files with the gateway's own ``recovery`` and returns what is
wrong, one line each.
"""

import sqlite3
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.hours import Tally
from gateway.reader import Reader
from gateway.records import BufferFault
from gateway.recovery import Opened, open_buffer
from gateway.thinning import WINDOW_MS
from telemetry import ranges
from telemetry.ranges import Range
from telemetry.topics import Identity
from tests.faults.crash.said import Name, Said, Story

BUFFER: Final = "buffer.db"
IDENTITY: Final = Identity("htx-moduc", "g1")


Window = tuple[str, str, int]  # head, boot, quarter of an hour


@dataclass(slots=True)
class Found:
    """What a buffer holds."""

    epoch: str
    next: int
    rows: dict[Name, tuple[int, float | None]]
    doubled: list[str]
    summaries: list[tuple[int, str, str, int, float, float, int]]
    merged: list[Range]
    held: list[Range]
    lost: list[Range]
    batches: list[Range]
    outbox: set[str]
    steps: dict[str, int]  # of each episode, by id
    hours: dict[tuple[str, int, str], Tally]


def judge(folder: Path, story: Story, lines: int) -> tuple[list[str], int]:
    """What is wrong after a power cut behind ``lines`` lines, and rows lost."""
    path = folder / BUFFER
    try:
        opened = open_buffer(path, IDENTITY, "boot-after")
    except BufferFault as fault:
        return [f"damaged: cannot be opened: {fault}"], story.by(lines).stored
    try:
        stored = story.by(lines).stored
        if opened.damage is not None and stored and not story.is_anew:
            return [f"damaged: {opened.damage}"], stored
        _salvage(opened)
        found = _found(path, opened)
    finally:
        opened.buffer.abandon()
    said = story.by(lines)
    committed = _committed(story, said, found)
    lost = _lost(story, said, found, committed)
    wrong = [f"lost: {name}" for name in lost]
    wrong += found.doubled
    wrong += _strange(story, said, found, committed)
    wrong += _numbers(said, found)
    if not story.is_anew and found.next < said.next:
        wrong.append(f"number {found.next} is given again; {said.next} was told")
    wrong += _alerts(story, said, found, committed)
    if not story.is_anew:  # a damaged file may have lost some of them
        wrong += _hours(story, found, committed)
    return wrong, sum(story.place[name] < said.stored for name in lost)


def _salvage(opened: Opened) -> None:
    """Bring over what a crash has left aside, as the recorder does."""
    while opened.salvage is not None and not opened.salvage.is_done:
        opened.salvage.step(opened.buffer, opened.buffer.ledger().next)


def _found(path: Path, opened: Opened) -> Found:
    with closing(sqlite3.connect(path)) as db, closing(Reader(path)) as reader:
        check = db.execute("PRAGMA integrity_check").fetchone()[0]
        doubled = [] if check == "ok" else [f"integrity: {check}"]
        heads, boots = reader.heads(), dict(db.execute("SELECT id, name FROM boot"))
        rows: dict[Name, tuple[int, float | None]] = {}
        for row in reader.rows(1, 10**9):
            name = heads[row.series], boots[row.boot], row.ms
            if name in rows:
                doubled.append(f"doubled: {name}")
            rows[name] = row.seq, row.value
        summaries = [
            (seq, heads[series], boots[boot], ms, low, high, n)
            for seq, series, boot, ms, _, low, high, n in db.execute(
                "SELECT * FROM summary ORDER BY seq"
            )
        ]
        hours = {
            (boots[boot], row.hour, row.head): row.tally
            for boot, row in reader.hours(set(heads.values()), 10**6)
        }
        tables = {
            table: list(db.execute(f"SELECT first, last FROM {table} ORDER BY first"))  # noqa: S608 - own names
            for table in ("merged", "held", "lost", "batch")
        }
        return Found(
            epoch=opened.ledger.epoch,
            next=opened.ledger.next,
            rows=rows,
            doubled=doubled,
            summaries=summaries,
            merged=tables["merged"],
            held=tables["held"],
            lost=tables["lost"],
            batches=tables["batch"],
            outbox=set(reader.outbox()),
            steps={episode.id: episode.steps for episode in reader.episodes()},
            hours=hours,
        )


def _committed(story: Story, said: Said, found: Found) -> int:
    """So many rows the file has seen committed: all of a commit, or none."""
    newest = max((story.place.get(name, -1) for name in found.rows), default=-1)
    least = max(said.stored, newest + 1)
    ends = [0, *(commit.end for commit in story.commits)]
    at = bisect_left(ends, least)
    return ends[at] if at < len(ends) else least


def _lost(story: Story, said: Said, found: Found, committed: int) -> list[Name]:
    """Rows that are neither there, nor confirmed, nor in a summary, nor told lost."""
    counted = {*_each([*found.merged, *found.lost]), *(s for s, *_ in found.summaries)}
    return [
        row.name
        for row in story.rows[:committed]
        if row.name not in found.rows
        and row.name not in said.acked
        and story.number[row.name] not in counted
    ]


def _strange(story: Story, said: Said, found: Found, committed: int) -> Iterator[str]:
    """Rows that nobody wrote, or with another value; summaries that do not add up."""
    for name, (_, value) in found.rows.items():
        at = story.place.get(name)
        if at is None or at >= committed:
            yield f"unknown: {name}"
        elif story.rows[at].value != value:
            yield f"changed: {name} is {value}, was {story.rows[at].value}"
    yield from _sums(story, said, found)


def _sums(story: Story, said: Said, found: Found) -> Iterator[str]:
    """Summaries of a window together say what is not there as a row any more.

    Once they are confirmed they may go too; and a window that stands across the end
    of what was given up is lost in part, since series share its numbers.
    """
    hidden: defaultdict[Window, list[float]] = defaultdict(list)
    going: set[Window] = set()
    merged = {*_each(found.merged), *(seq for seq, *_ in found.summaries)}
    lost = set(_each(found.lost))
    for (head, boot, ms), value, _ in story.rows:
        number = story.number[head, boot, ms]
        if value is not None and number in merged:
            hidden[head, boot, ms // WINDOW_MS].append(value)
        if (head, boot, ms) in said.acked or number in lost:
            going.add((head, boot, ms // WINDOW_MS))
    told: defaultdict[Window, list[tuple[int, float, float]]] = defaultdict(list)
    for _, head, boot, ms, low, high, n in found.summaries:
        told[head, boot, ms // WINDOW_MS].append((n, low, high))
    for window in (hidden.keys() | told.keys()) - going:
        values, sums = hidden[window], told[window]
        is_true = (
            sum(n for n, _, _ in sums) == len(values)
            and min(low for _, low, _ in sums) == min(values)
            and max(high for _, _, high in sums) == max(values)
        )
        if not is_true:
            yield f"summary of {window}: {sums} of {len(values)} values"


def _numbers(said: Said, found: Found) -> Iterator[str]:
    """A number has one state, and is never given twice."""
    often = Counter(seq for seq, _ in found.rows.values())
    often.update(summary[0] for summary in found.summaries)
    often.update(_each(found.merged))
    yield from (f"number {seq} stands {n} times" for seq, n in often.items() if n > 1)
    told = said.acked_numbers.get(found.epoch, [])
    forged = ranges.subtract(found.held, told)
    if forged:
        yield f"held, and never confirmed: {forged}"
    known = ranges.union((seq, seq) for seq in often)
    for first, last in found.batches:
        if ranges.subtract([(first, last)], known):
            yield f"rows of the open batch {first}-{last} are gone"


def _alerts(story: Story, said: Said, found: Found, committed: int) -> Iterator[str]:
    """An alert stands there if and only if the rows that caused it do."""
    end = 0
    for at, commit in enumerate(story.commits):
        has_rows, end = commit.end > end, commit.end
        must = at < said.commits or (has_rows and commit.end <= committed)
        never = has_rows and commit.end > committed
        for event in commit.alerts:
            episode, _, step = event.rpartition("-")
            is_there = event in found.outbox
            is_rule = episode in found.steps
            if must and not (is_there or event in said.delivered):
                yield f"alert {event} is gone"
            if must and is_rule and found.steps[episode] < int(step):
                yield f"episode {episode} is behind its alert {event}"
            if never and (is_there or found.steps.get(episode, 0) >= int(step)):
                yield f"alert {event} stands there without its rows"


def _hours(story: Story, found: Found, committed: int) -> Iterator[str]:
    """Hours hold each row once, to the last bit."""
    wanted = story.hours(committed)
    for key in wanted.keys() | found.hours.keys():
        if wanted.get(key) != found.hours.get(key):
            yield f"hour {key}: {found.hours.get(key)} instead of {wanted.get(key)}"


def _each(some: Iterable[Range]) -> Iterator[int]:
    """Every number of ranges."""
    for first, last in some:
        yield from range(first, last + 1)
