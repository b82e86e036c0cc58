"""A buffer as weeks of work leave it, for tests that damage it."""

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from gateway.aside_names import SIDE_FILES
from gateway.buffer import Buffer
from gateway.reader import Reader
from gateway.records import (
    Batch,
    Change,
    Counter,
    Entry,
    EpisodeRow,
    Hint,
)
from gateway.recovery import Opened
from gateway.schema import PAGE_BYTES
from gateway.segments import Segment, covering
from telemetry import messages
from telemetry.messages import Alert
from telemetry.topics import Identity

HERE: Final = Identity("htx-moduc", "g1")
QUANTITIES: Final = ("soil_moisture", "soil_temperature", "air_temperature")
HEADS: Final = [
    f"{quantity},coop=htx-moduc,gw=g1,plot=p{plot},sensor=s{plot}-{at},z=-10"
    for plot in range(1, 5)
    for at, quantity in enumerate(QUANTITIES)
]
RAIN: Final = "rain_total,coop=htx-moduc,gw=g1,plot=p1,sensor=rain,z=150"
OFFSETS: Final = {1: 1_790_000_000_000, 2: 1_790_100_000_000}
BOOTS: Final = ("boot-1", "boot-2", "boot-3")
PER_BOOT: Final = 700
HELD: Final = [(1, 800), (851, 900)]
OPEN: Final = [Batch(901, 1000, 0, 2, "aa" * 8), Batch(1001, 1150, 0, 2, "bb" * 8)]
TRIED: Final = [(801, 850)]
REFUSED: Final = {1200: "not of the line grammar"}
LAST: Final = 3 * PER_BOOT
WAITING: Final = {*range(801, 851), *range(901, LAST + 1)}
"""Numbers that the province has not confirmed."""


def entry(seq: int) -> Entry:
    """The reading of a number: each is unlike all others."""
    head = RAIN if seq % 13 == 0 else HEADS[seq % 12]
    return Entry(seq, head, (seq - 1) % PER_BOOT * 1000, seq / 16, 1)


def alert(event: str) -> bytes:
    """An alert that waits for its answer."""
    return messages.encode(
        Alert(
            id=event,
            rule="rice-water-low",
            severity="warning",
            state="firing",
            subject="p1",
            vi="Nước thấp.",
            en="Water is low.",
            boot="boot-2",
            since_ms=5,
        )
    )


def episode(name: str, state: str = "firing") -> EpisodeRow:
    """An episode as it stands."""
    return EpisodeRow(
        name, "K7M", "rice-water-low", "p1", "p1", "field", "warning", state,
        "boot-2", 5, None, "Nước thấp.", "Water is low.", None, 1,
    )  # fmt: skip


ALERTS: Final = {f"e{n}-1": alert(f"e{n}-1") for n in range(1, 8)}
EPISODES: Final = [episode(f"e{n}") for n in range(1, 8)]
RULES: Final = {("rice-water-low", f"p{n}"): b'{"phase":"firing"}' for n in range(1, 5)}
HINTS: Final = [Hint(3, "rtc", 100, 1_790_200_000_000, 2000)]


def filled(folder: Path) -> Path:
    """Make the buffer, with commits in its log, as a killed process leaves it."""
    path = folder / "made" / "buffer.db"
    path.parent.mkdir()
    for boot, name in enumerate(BOOTS, 1):
        buffer = Buffer(path, HERE.coop, HERE.gateway, name)
        first = (boot - 1) * PER_BOOT + 1
        step = 20 if boot == len(BOOTS) else PER_BOOT  # many commits in the log
        for at in range(first, first + PER_BOOT, step):
            buffer.write(Change(rows=[entry(seq) for seq in range(at, at + step)]))
        buffer.write(_states(boot))
        if boot < len(BOOTS):
            buffer.close()
    found = copied(path, folder / "filled")
    buffer.close()
    shutil.rmtree(path.parent)
    return found


def _states(boot: int) -> Change:
    """What stands beside the rows of a boot."""
    change = Change()
    if boot in OFFSETS:
        change.segments = [Segment(boot, boot, 0, OFFSETS[boot], "hello", 20)]
    if boot == 1:
        change.held = [(1, 500)]
    if boot == 2:
        change.held, change.lacking, change.cut = HELD, TRIED, OPEN
        change.quarantined, change.counters = REFUSED, {RAIN: Counter(65536.0, 65540.0)}
        change.rules, change.episodes, change.alerts = RULES, EPISODES, ALERTS
    if boot == len(BOOTS):
        change.hints = HINTS
    return change


def copied(path: Path, folder: Path) -> Path:
    """Copy a buffer with its log; returns the new path."""
    folder.mkdir()
    for suffix in SIDE_FILES:
        part = path.with_name(path.name + suffix)
        if part.exists():
            shutil.copyfile(part, folder / part.name)
    return folder / path.name


def salvaged(opened: Opened) -> str:
    """Bring over what there is; returns what is told of it."""
    assert opened.salvage is not None
    at = opened.ledger.next
    while not opened.salvage.is_done:
        at += opened.salvage.step(opened.buffer, at)
    return opened.salvage.told


def held_in(path: Path) -> list[tuple[str, int, float | None, int]]:
    """What rows a buffer has, without numbers and ids: (head, ms, value, flag)."""
    with closing(Reader(path)) as reader:
        heads = reader.heads()
        rows = reader.rows(1, 10**6)
    return [(heads[row.series], row.ms, row.value, row.flag) for row in rows]


def expected(numbers: Iterable[int]) -> list[tuple[str, int, float | None, int]]:
    """The same, of numbers of the filled buffer."""
    return [(e.head, e.ms, e.value, e.flag) for e in map(entry, numbers)]


def stamps(path: Path) -> dict[float, int | None]:
    """When each reading was, by its value; ``None`` while nobody can tell."""
    with closing(Reader(path)) as reader:
        segments, rows = reader.segments(), reader.rows(1, 10**6)
    found: dict[float, int | None] = {}
    for row in rows:
        segment = covering(segments, row.boot, row.ms)
        assert row.value is not None
        found[row.value] = None if segment is None else row.ms + segment.offset_ms
    return found


def written_back(path: Path) -> sqlite3.Connection:
    """Open the file with its log written back, so that its pages are its own."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return db


def lose(path: Path, table: str) -> None:
    """Let the first page of a table be garbage."""
    with closing(written_back(path)) as db:
        (root,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)
        ).fetchone()
    lose_page(path, root)


def lose_page(path: Path, page: int) -> None:
    """Let a page, counted from 1, be garbage."""
    blob = bytearray(path.read_bytes())
    blob[(page - 1) * PAGE_BYTES : page * PAGE_BYTES] = b"\xa5" * PAGE_BYTES
    path.write_bytes(blob)


def flip(part: Path, at: int) -> None:
    """Turn one bit of a file over."""
    blob = bytearray(part.read_bytes())
    blob[at] ^= 0x10
    part.write_bytes(blob)
