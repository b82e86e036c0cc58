"""Readings folded into hours, in memory and in the buffer."""

import os
import random
import sqlite3
import tempfile
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import hour_table, schema
from gateway.buffer import Buffer
from gateway.history import EVERY_HOURS, MOST_UNWRITTEN, Past
from gateway.hours import EMPTY, Tally, fold, hour_of
from gateway.reader import Reader
from gateway.records import BufferRefused, Change, Entry, HourRow
from gateway.segments import BootSpan, Segment
from rules.history import HOUR_MS, Place
from telemetry.clock import Clock

DAY_MS = 24 * HOUR_MS
HEAD = "soil_moisture,coop=htx-moduc,gw=g1,plot=p17,sensor={},z=-10"
HEADS = [HEAD.format(name) for name in ("a", "b", "c")]


class NoClock:
    """Knows nothing but how to stand still."""

    boot = "boot-1"
    is_simulated = False

    def machine_s(self) -> float:
        return 0.0

    def field_ms(self) -> int:
        return 0

    def wall_ms(self) -> int | None:
        return None

    def machine_s_until(self, field_ms: int) -> float:
        return 0.0


CLOCK: Clock = NoClock()


def opened(folder: Path, boot: str = "boot-1") -> Buffer:
    return Buffer(folder / "buffer.db", "htx-moduc", "g1", boot)


def past_of(buffer: Buffer, heads: list[str] = HEADS) -> Past:
    names = {(f"s{at}", "soil_moisture"): head for at, head in enumerate(heads)}
    places = [Place(sensor=s, quantity=q, plot="p17") for s, q in names]
    past = Past(places, names, CLOCK, full_scale={})
    with closing(Reader(buffer.path)) as reader:
        past.load(buffer.boot, reader.hours(past.heads(), 960), reader.segments())
    return past


def written(buffer: Buffer) -> dict[tuple[int, int, str], Tally]:
    with closing(Reader(buffer.path)) as reader:
        return {
            (boot, row.hour, row.head): row.tally
            for boot, row in reader.hours(set(HEADS), 10**6)
        }


def at_once(rows: list[tuple[int, Entry]]) -> dict[tuple[int, int, str], Tally]:
    tallies: dict[tuple[int, int, str], Tally] = defaultdict(lambda: EMPTY)
    for boot, row in rows:
        key = boot, hour_of(row.ms), row.head
        tallies[key] = fold(tallies[key], [(row.ms, row.value, row.flag)])
    return dict(tallies)


def in_memory() -> "tempfile.TemporaryDirectory[str]":
    """A folder in memory where there is one: what a flush costs is not asked here."""
    folder = "/dev/shm"  # noqa: S108 - a fresh folder within it
    return tempfile.TemporaryDirectory(
        dir=folder if os.access(folder, os.W_OK) else None
    )


@pytest.fixture
def quick():
    with in_memory() as folder:
        yield Path(folder)


# --- one hour -----------------------------------------------------------------


def test_an_hour_counts_what_can_be_and_tells_doubt_and_gaps_apart():
    tally = EMPTY
    for at, (value, flag) in enumerate(
        [(30.0, 1), (32.0, 2), (34.0, 3), (101.0, 4), (None, 9)]
    ):
        tally = fold(tally, [(at, value, flag)])

    assert tally == Tally(3, 32.0, 30.0, 34.0, 30.0, 0, 34.0, 2, 1, 2, 4)


def test_first_and_last_go_by_time_and_not_by_arrival():
    tally = EMPTY
    for ms, value in [(20, 2.0), (30, 3.0), (10, 1.0), (25, 2.5)]:
        tally = fold(tally, [(ms, value, 1)])

    assert (tally.first, tally.last, tally.poll_ms) == (1.0, 3.0, 30)


@given(st.lists(st.floats(-50, 100), min_size=1, max_size=50))
def test_the_running_mean_is_the_mean(values):
    tally = fold(EMPTY, [(at, value, 1) for at, value in enumerate(values)])

    assert tally.mean == pytest.approx(sum(values) / len(values), abs=1e-9)
    assert (tally.low, tally.high) == (min(values), max(values))


# --- any pattern of commits and crashes ---------------------------------------

DEEDS = st.lists(
    st.sampled_from(
        ["poll"] * 8 + ["commit"] * 5 + ["crash", "reboot", "fault", "epoch", "all"]
    ),
    max_size=60,
)


class Gateway:
    """The recorder's part in it: takes, commits, dies, begins an epoch."""

    def __init__(self, folder: Path, draw: random.Random) -> None:
        self.folder, self.draw = folder, draw
        self.stored: list[tuple[int, Entry]] = []  # boot and row, as first numbered
        self.change = Change()
        self.unknown: list[Entry] = []  # in the file, which nobody has been told
        self.ms, self.boots = 0, 0
        self.reboot()

    def reboot(self) -> None:
        self.boots += 1
        self.ms = self.draw.randrange(HOUR_MS)
        self.start()

    def start(self) -> None:
        self.buffer = opened(self.folder, f"boot-{self.boots}")
        self.past = past_of(self.buffer)
        self.next = self.buffer.ledger().next
        self.change = Change()

    def crash(self) -> None:
        self.die()
        self.start()

    def die(self) -> None:
        self.stored += [(self.buffer.boot, row) for row in self.unknown]
        self.unknown = []
        self.buffer.abandon()

    def poll(self) -> None:
        self.ms += self.draw.choice([60_000, HOUR_MS // 2, EVERY_HOURS * HOUR_MS])
        for head in self.draw.sample(HEADS, self.draw.randint(1, len(HEADS))):
            late = self.draw.choice([0, 0, 0, HOUR_MS // 3, 3 * HOUR_MS])
            flag = self.draw.choice([1, 1, 1, 2, 3, 4, 9])
            value = None if flag == 9 else self.draw.uniform(0, 100)
            row = Entry(self.next, head, max(0, self.ms - late), value, flag)
            self.change.rows.append(row)
            self.past.take(row)
            self.next += 1

    def fault(self) -> None:
        """The file fails and is opened again; memory stays, maybe it was written."""
        self.look()
        if self.draw.random() < 0.5:
            self.buffer.write(self.change)
            self.unknown = list(self.change.rows)
        self.buffer.abandon()
        self.buffer = opened(self.folder, f"boot-{self.boots}")

    def look(self, *, all_: bool = False) -> None:
        hours, seen = self.past.due(all_=all_)
        if seen is not None:
            self.change.hours += hours
            self.change.hours_to = seen

    def commit(self, *, all_: bool = False) -> None:
        self.look(all_=all_)
        change = self.change
        if change.rows and self.draw.random() < 0.5:
            change.held = [(change.rows[0].seq, change.rows[-1].seq)]
        self.buffer.write(change)
        if self.draw.random() < 0.2:
            self.buffer.write(change)  # an I/O error after which it was there already
        self.stored += [(self.buffer.boot, row) for row in change.rows]
        self.change, self.unknown = Change(), []

    def epoch(self) -> None:
        self.commit()
        self.next = self.buffer.begin_epoch().next

    def do(self, deed: str) -> None:
        match deed:
            case "all":
                self.commit(all_=True)
            case "reboot":
                self.die()
                self.reboot()
            case _:
                getattr(self, deed)()


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(DEEDS, st.integers(0, 10**6))
def test_folding_in_any_pattern_is_the_same_as_folding_at_once(deeds, seed):
    with in_memory() as folder:
        gateway = Gateway(Path(folder), random.Random(seed))
        for deed in deeds:
            gateway.do(deed)
        gateway.commit()
        for trail in gateway.past._trails.values():
            trail.absorb(gateway.buffer.boot)
        told = {
            (gateway.buffer.boot, hour, head): tally
            for head, trail in gateway.past._trails.items()
            for hour, tally in trail.open.items()
        }
        kept = written(gateway.buffer) | told
        gateway.buffer.abandon()

        again = opened(Path(folder), "boot-1")
        on_card = written(again)
        again.close()

        assert on_card == at_once(gateway.stored)
        assert kept == on_card


# --- when hours are written ---------------------------------------------------


def minute(seq: int, at_min: int, head: str = HEADS[0]) -> Entry:
    return Entry(seq, head, at_min * 60_000, 30.0, 1)


def test_hours_are_written_every_few_hours_and_at_the_end(tmp_path):
    buffer = opened(tmp_path)
    past = past_of(buffer)
    told = []
    for at_min in range(24 * 60):
        past.take(minute(at_min + 1, at_min))
        told += past.due()[0]
    last, to = past.due(all_=True)
    nothing = past.due(all_=True)
    buffer.close()

    assert len({row.hour for row in told}) == 19  # three writings, six hours apart
    assert len(told) == 21  # the running hour is written again when it is over
    assert [row.hour for row in last] == [*range(18, 24)]
    assert to == 24 * 60
    assert nothing == ([], None)


def test_a_fast_field_is_written_before_its_hour_is_over(tmp_path):
    buffer = opened(tmp_path)
    past = past_of(buffer)
    for seq in range(1, MOST_UNWRITTEN):
        past.take(Entry(seq, HEADS[0], seq, 30.0, 1))
    early = past.due()
    past.take(Entry(MOST_UNWRITTEN, HEADS[0], MOST_UNWRITTEN, 30.0, 1))

    rows, to = past.due()

    assert early == ([], None)
    assert (rows[0].tally.n, to) == (MOST_UNWRITTEN, MOST_UNWRITTEN)
    buffer.close()


def test_a_reading_late_for_a_written_hour_is_merged_into_it(tmp_path):
    buffer = opened(tmp_path)
    past = past_of(buffer)
    rows = [minute(1, 10), minute(2, 8 * 60), minute(3, 16 * 60)]
    for row in rows:
        past.take(row)
        hours, to = past.due()
        buffer.write(Change(rows=[row], hours=hours, hours_to=to))

    late = Entry(4, HEADS[0], 5 * 60_000, 10.0, 1)
    past.take(late)
    hours, to = past.due(all_=True)
    buffer.write(Change(rows=[late], hours=hours, hours_to=to))

    tally = written(buffer)[buffer.boot, 0, HEADS[0]]
    assert (tally.n, tally.mean, tally.first, tally.last) == (2, 20.0, 10.0, 30.0)
    buffer.close()


def test_rows_deleted_young_are_folded_first(tmp_path):
    buffer = opened(tmp_path)
    rows = [minute(seq, seq) for seq in range(1, 10)]
    buffer.write(Change(rows=rows, held=[(1, 9)]))

    buffer.delete_held(6, at_most=100)
    buffer.abandon()

    again = opened(tmp_path)
    assert written(again)[1, 0, HEADS[0]].n == 9
    again.close()


def test_an_epoch_does_not_fold_again_what_it_renumbers(tmp_path):
    buffer = opened(tmp_path)
    rows = [minute(seq, seq) for seq in range(1, 10)]
    tally = fold(EMPTY, [(row.ms, row.value, row.flag) for row in rows[:5]])
    buffer.write(
        Change(
            rows=rows, held=[(3, 7)], hours=[HourRow(HEADS[0], 0, tally)], hours_to=5
        )
    )
    ledger = buffer.begin_epoch()

    buffer.write(Change(hours_to=9))  # told before the renumbering, written after it
    buffer.abandon()

    again = opened(tmp_path)
    assert again.ledger().next == ledger.next == 14
    assert written(again)[1, 0, HEADS[0]].n == 9
    again.close()


def test_a_large_rest_is_folded_in_chunks(tmp_path, monkeypatch):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=[minute(seq, seq) for seq in range(1, 101)]))
    buffer.abandon()
    monkeypatch.setattr(hour_table, "CHUNK_ROWS", 7)

    again = opened(tmp_path)

    tallies = written(again)
    assert [tally.n for tally in tallies.values()] == [59, 41]
    again.close()


def test_hours_age_out_after_400_days_a_few_at_a_time(tmp_path):
    old = opened(tmp_path, "boot-1")
    hours = [HourRow(HEADS[0], hour, fold(EMPTY, [(0, 1.0, 1)])) for hour in range(50)]
    segment = Segment(1, old.boot, 0, DAY_MS, "hello", 1)
    old.write(Change(hours=hours, hours_to=1, segments=[segment]))
    old.close()
    unknown = opened(tmp_path, "boot-2")
    unknown.write(Change(hours=hours, hours_to=1))
    unknown.close()
    buffer = opened(tmp_path, "boot-3")
    without_clock = buffer.delete_hours(0, at_most=10)
    offset_ms = DAY_MS + 400 * DAY_MS
    buffer.write(Change(segments=[Segment(2, buffer.boot, 0, offset_ms, "hello", 1)]))

    gone = [buffer.delete_hours(30 * HOUR_MS, at_most=20) for _ in range(3)]

    left = [key[:2] for key in written(buffer)]
    assert without_clock == 0
    assert gone == [20, 10, 0]
    assert left == [(1, hour) for hour in range(30, 50)] + [(2, h) for h in range(50)]
    buffer.close()


# --- files of an older version ------------------------------------------------


def of_version_1(path: Path) -> None:
    """A file as the first version left it."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(schema.STEPS[0])
        db.execute("INSERT INTO meta VALUES ('epoch', '7f3a9c12')")
        db.execute("INSERT INTO meta VALUES ('coop', 'htx-moduc'), ('gateway', 'g1')")
        db.execute("INSERT INTO boot VALUES (1, 'boot-1')")
        db.execute("INSERT INTO series VALUES (1, ?)", (HEADS[0],))
        db.executemany(
            "INSERT INTO reading VALUES (?, 1, 1, ?, 30.0, 1)",
            [(seq, seq * 60_000) for seq in range(1, 101)],
        )
        db.execute("PRAGMA user_version=1")


def test_a_file_of_version_1_moves_up_with_all_it_holds(tmp_path):
    of_version_1(tmp_path / "buffer.db")

    buffer = opened(tmp_path)

    ledger = buffer.ledger()
    assert (ledger.epoch, ledger.next) == ("7f3a9c12", 101)
    assert [tally.n for tally in written(buffer).values()] == [59, 41]
    buffer.close()


def test_a_new_file_and_one_that_moved_up_are_alike(tmp_path):
    of_version_1(tmp_path / "buffer.db")
    opened(tmp_path).close()
    (tmp_path / "new").mkdir()
    opened(tmp_path / "new").close()

    shapes = []
    for path in (tmp_path / "buffer.db", tmp_path / "new" / "buffer.db"):
        with closing(sqlite3.connect(path)) as db:
            tables = db.execute("SELECT name, sql FROM sqlite_master ORDER BY name")
            meta = db.execute("SELECT key FROM meta ORDER BY key").fetchall()
            version = db.execute("PRAGMA user_version").fetchone()
            shapes.append((tables.fetchall(), meta, version))

    assert shapes[0] == shapes[1]


@pytest.mark.slow
@pytest.mark.parametrize("version", [0, 1])
def test_a_kill_at_any_statement_of_a_move_leaves_one_version_whole(quick, version):
    path = quick / "buffer.db"
    statements, seen = 0, set()
    while True:
        path.unlink(missing_ok=True)
        if version == 1:
            of_version_1(path)
        statements += 1
        if not _killed_at(path, statements):
            break
        seen.add(_version_if_whole(path))
        opened(quick).close()

        assert _version_if_whole(path) == schema.VERSION

    assert statements > 8
    assert seen == {version}


def test_a_move_to_version_4_spans_what_is_folded_and_sorts_nothing():
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(";".join(schema.STEPS[:3]))
        rows = [(1, 2, 50), (2, 1, 70), (3, 1, 20), (5, 2, 90), (6, 1, 5)]
        db.executemany("INSERT INTO reading VALUES (?, 1, ?, ?, 1.0, 1)", rows)
        db.execute("INSERT INTO summary VALUES (4, 1, 1, 80, 1.0, 1.0, 1.0, 2)")
        db.execute("UPDATE meta SET value = 5 WHERE key = 'hours_to'")
        table, spans = schema.STEPS[3].split(";")
        db.execute(table)

        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {spans}")]
        db.execute(spans)

        assert db.execute("SELECT * FROM span").fetchall() == [(1, 20, 80), (2, 50, 90)]
        assert not [step for step in plan if "TEMP" in step]  # a full card has no room


def test_spans_of_boots_are_kept_by_number_and_outlive_their_rows(tmp_path):
    buffer = opened(tmp_path)
    spans = []
    for at in range(1, 9, 2):
        rows = [Entry(seq, HEAD, (20 - seq) * 1000, 1.0, 1) for seq in (at, at + 1)]
        buffer.write(Change(rows=rows, hours_to=at if at == 5 else None))
        with closing(Reader(tmp_path / "buffer.db")) as reader:
            spans += reader.boot_spans()
    buffer.write(Change(held=[(1, 8)]))
    buffer.close()
    buffer = opened(tmp_path, "boot-2")
    buffer.delete_held(9, 100)
    buffer.close()

    with closing(Reader(tmp_path / "buffer.db")) as reader:
        after, left = reader.boot_spans(), reader.rows(1, 9)

    assert spans == [
        BootSpan(1, low, 19_000) for low in (18_000, 16_000, 14_000, 12_000)
    ]
    assert left == []
    assert after == [BootSpan(1, 12_000, 19_000)]


def _killed_at(path: Path, statement: int) -> bool:
    """Whether a process that opens the file was killed at this statement."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    left = statement

    def count(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(9)  # nothing is rolled back, flushed or closed

    db = sqlite3.connect(path, isolation_level=None)
    db.set_trace_callback(count)
    schema.prepare(db, path)
    os._exit(0)


def _version_if_whole(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert ("reading" in tables) == (version >= 1)
    assert ({"hour", "rule", "episode"} <= tables) == (version >= 2)
    return int(version)


def test_a_newer_file_is_left_as_it_is(tmp_path):
    opened(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "buffer.db")) as db:
        db.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    before = (tmp_path / "buffer.db").read_bytes()

    with pytest.raises(BufferRefused, match="version 6, this one knows 5"):
        opened(tmp_path)

    assert (tmp_path / "buffer.db").read_bytes() == before


# --- what it costs ------------------------------------------------------------


def _bytes_written() -> int:
    """Bytes that this process has given to the system to write."""
    text = Path("/proc/self/io").read_text()
    return int(text.split("wchar: ")[1].split()[0])


def _bytes_of_a_day(folder: Path, *, with_hours: bool) -> float:
    heads = [HEAD.format(f"s{at}") for at in range(50)]
    folder.mkdir()
    buffer = opened(folder)
    past = past_of(buffer, heads)
    begun, seq, change = _bytes_written(), 0, Change()
    for at_min in range(24 * 60):
        for head in heads:
            seq += 1
            row = Entry(seq, head, at_min * 60_000, 30 + seq % 13 / 10, 1)
            change.rows.append(row)
            if with_hours:
                past.take(row)
        if at_min % 30 == 29:
            change.hours, change.hours_to = past.due()
            buffer.write(change)
            change = Change()
    buffer.close()
    return (_bytes_written() - begun) / seq


@pytest.mark.slow
def test_a_day_of_hours_costs_few_bytes_a_reading(quick):
    without = _bytes_of_a_day(quick / "without", with_hours=False)

    with_hours = _bytes_of_a_day(quick / "with", with_hours=True)

    assert 0 < with_hours - without < 10  # measured: 3 with a commit a minute
