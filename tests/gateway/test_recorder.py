import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from gateway.config import Config
from gateway.history import Past
from gateway.inbox import Committed, Damaged, NewEpoch, Request, Standing
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import Batch, BufferFault, Change, Channel
from gateway.segments import Segment
from gateway.thinning import WINDOW_MS
from gateway.watch import Watch
from telemetry.quantity import QUANTITIES
from telemetry.reading import Flag, Reading
from telemetry.topics import Identity

CONFIG = Config(version=1, coop="htx-moduc", gateway="g1", data_dir=Path("/nowhere"))
HEAD = "{},coop=htx-moduc,gw=g1,plot=p17,sensor={},z=-10"


class HandClock:
    """Both times as the test says."""

    boot = "boot-1"
    is_simulated = False

    def __init__(self) -> None:
        self.now_s = 100.0

    def machine_s(self) -> float:
        return self.now_s

    def field_ms(self) -> int:
        return round(self.now_s * 1000)

    def wall_ms(self) -> int | None:
        return None

    def machine_s_until(self, field_ms: int) -> float:
        return (field_ms - self.field_ms()) / 1000


def channel(sensor: str, quantity: str, **given) -> tuple[tuple[str, str], Channel]:
    about = Channel(HEAD.format(quantity, sensor), QUANTITIES[quantity], **given)
    return (sensor, quantity), about


CHANNELS = dict(
    [
        channel("a", "soil_moisture"),
        channel("a", "air_temperature"),
        channel("t", "trap_beam_breaks", counter_bits=16),
        channel("r", "rain_total", counter_bits=16, per_count=0.2),
    ]
)


def made(folder: Path, clock: HandClock, *, max_bytes: int = 2**26) -> Recorder:
    past = Past((), {}, clock, full_scale={})
    return Recorder(
        folder / "buffer.db", Identity("htx-moduc", "g1"), CHANNELS, clock,
        Watch(CONFIG, {}, past, clock.boot), commit_s=10, keep_days=30,
        max_bytes=max_bytes,
    )  # fmt: skip


def stepped(recorder: Recorder, *messages: object) -> None:
    stop = threading.Event()
    stop.set()  # do not wait for more
    for message in messages:
        recorder.inbox.put(message)
    recorder.step(stop)


def rows(folder: Path):
    reader = Reader(folder / "buffer.db")
    found = reader.rows(1, 10**6)
    reader.close()
    return found


def soil(value: float | None, at_ms: int = 0) -> Reading:
    flag = Flag.MISSING if value is None else Flag.UNCHECKED
    return Reading("a", "soil_moisture", at_ms, value, flag)


def test_readings_wait_for_company_and_are_committed_in_time(tmp_path):
    clock = HandClock()
    recorder = made(tmp_path, clock)

    stepped(recorder, [soil(31.2)])
    early = rows(tmp_path)
    clock.now_s += 10
    stepped(recorder)

    assert early == []
    assert [row.value for row in rows(tmp_path)] == [31.2]
    assert recorder.news.get() == Committed(2)
    recorder.close()


def test_each_reading_gets_the_next_number_over_restarts(tmp_path):
    clock = HandClock()
    first = made(tmp_path, clock)
    stepped(first, [soil(1.0), soil(None)])
    first.close()
    second = made(tmp_path, clock)

    stepped(second, [soil(3.0)])
    second.close()

    assert [(row.seq, row.value, row.flag) for row in rows(tmp_path)] == [
        (1, 1.0, 1), (2, None, 9), (3, 3.0, 1),
    ]  # fmt: skip


def test_what_cannot_be_is_flagged_and_kept(tmp_path):
    recorder = made(tmp_path, HandClock())

    stepped(recorder, [soil(101.0), soil(float("nan")), soil(float("inf"))])
    recorder.close()

    assert [(row.value, row.flag) for row in rows(tmp_path)] == [
        (101.0, 4), (None, 9), (None, 9),
    ]  # fmt: skip


def test_a_jump_is_flagged_by_what_a_minute_can_bring(tmp_path):
    recorder = made(tmp_path, HandClock())
    air = [("a", "air_temperature", ms, v) for ms, v in [
        (0, 30.0), (1_000, 31.9), (2_000, 34.0), (3_000, 38.0), (183_000, 39.9),
    ]]  # fmt: skip

    stepped(recorder, [Reading(*given) for given in air])
    recorder.close()

    assert [row.flag for row in rows(tmp_path)] == [1, 1, 3, 4, 1]


def test_a_doubt_of_the_device_itself_is_kept(tmp_path):
    recorder = made(tmp_path, HandClock())

    stepped(recorder, [Reading("a", "soil_moisture", 0, 30.0, Flag.SUSPECT)])
    recorder.close()

    assert [row.flag for row in rows(tmp_path)] == [3]


def test_a_counter_travels_as_a_total_over_wrap_restart_and_reboot(tmp_path):
    clock = HandClock()

    def count(recorder, *raws):
        stepped(
            recorder, [Reading("t", "trap_beam_breaks", 0, float(raw)) for raw in raws]
        )
        recorder.close()

    count(made(tmp_path, clock), 65_530, 4)  # wraps
    count(made(tmp_path, clock), 10, 3)  # the daemon restarts, then the device
    count(made(tmp_path, clock), 5)

    assert [row.value for row in rows(tmp_path)] == [
        65_530,
        65_540,
        65_546,
        65_549,
        65_551,
    ]


def test_a_counter_of_tips_is_a_total_of_millimetres(tmp_path):
    clock = HandClock()
    for raws in ([3, 4], [6, 1]):
        recorder = made(tmp_path, clock)
        stepped(recorder, [Reading("r", "rain_total", 0, float(raw)) for raw in raws])
        recorder.close()

    assert [row.value for row in rows(tmp_path)] == [0.6, 0.8, 1.2, 1.4]


def test_a_batch_is_recorded_before_it_is_announced(tmp_path):
    recorder = made(tmp_path, HandClock())
    told = []

    def done():
        reader = Reader(tmp_path / "buffer.db")
        told.extend(reader.ledger().open)
        reader.close()

    batch = Batch(1, 1, 0, 1, "aa")
    stepped(
        recorder, [soil(1.0)], Request(Change(cut=[batch]), at_once=True, done=done)
    )

    assert told == [batch]
    recorder.close()


@pytest.mark.slow
def test_a_full_card_loses_nothing_and_heals_without_a_restart(tmp_path):
    clock = HandClock()
    recorder = made(tmp_path, clock)
    stepped(recorder, [soil(0.0)])
    pages = recorder._buffer._db.execute("PRAGMA page_count").fetchone()[0]
    recorder._buffer._db.execute(f"PRAGMA max_page_count={pages}")
    clock.now_s += 10

    with pytest.raises(BufferFault, match="full"):
        stepped(recorder, [soil(n / 100) for n in range(1, 5000)])
    failing = recorder.failing
    clock.now_s += 1
    stepped(recorder, [soil(50.0)])
    recorder.close()

    assert "full" in failing
    assert recorder.failing is None
    assert [(row.seq, row.value) for row in rows(tmp_path)] == [
        (n + 1, n / 100) for n in range(5001)
    ]


def test_a_stop_that_finds_the_card_full_stores_what_waits(tmp_path):
    clock = HandClock()
    recorder = made(tmp_path, clock)
    stepped(recorder, [soil(0.0)])
    pages = recorder._buffer._db.execute("PRAGMA page_count").fetchone()[0]
    recorder._buffer._db.execute(f"PRAGMA max_page_count={pages}")
    recorder.inbox.put([soil(n / 100) for n in range(1, 5000)])

    recorder.close()

    assert len(rows(tmp_path)) == 5000


@pytest.mark.slow
def test_a_stop_that_finds_the_card_full_with_a_request_before_it_stores_what_waits(
    tmp_path,
):
    recorder = made(tmp_path, HandClock())
    stepped(recorder, [soil(0.0)])
    pages = recorder._buffer._db.execute("PRAGMA page_count").fetchone()[0]
    recorder._buffer._db.execute(f"PRAGMA max_page_count={pages}")
    recorder.inbox.put([soil(n / 100) for n in range(1, 4000)])
    recorder.inbox.put(Request(Change(), at_once=True))
    recorder.inbox.put([soil(n / 100) for n in range(4000, 5000)])

    recorder.close()

    assert len(rows(tmp_path)) == 5000


def test_a_batch_whose_rows_were_given_up_while_it_waited_is_not_recorded(
    tmp_path, mocker
):
    clock = HandClock()
    recorder = made(tmp_path, clock)
    stepped(recorder, [soil(n, n * WINDOW_MS) for n in range(1, 7)])
    clock.now_s += 2 * 3600
    stepped(recorder)
    mocker.patch("shutil.disk_usage", return_value=mocker.Mock(free=0))
    batches = [Batch(1, 2, 0, 1, "aa"), Batch(6, 6, 0, 1, "bb")]
    told: list[str] = []
    asked = Request(
        Change(cut=batches), at_once=True, done=lambda: told.append("recorded")
    )
    (tmp_path / "buffer.db").rename(tmp_path / "away.db")
    with pytest.raises(BufferFault):
        stepped(recorder, asked)
    (tmp_path / "away.db").rename(tmp_path / "buffer.db")

    stepped(recorder)

    with closing(Reader(tmp_path / "buffer.db")) as reader:
        ledger = reader.ledger()
        whole = [batch.digest for batch in batches if reader.is_whole(batch)]
    assert (ledger.lost, ledger.open) == ([(1, 3)], [batches[1]])
    assert (told, whole) == (["recorded"], ["bb"])  # the uplink lets go of the first
    recorder.close()


def test_alerts_go_out_while_the_card_cannot_be_written(tmp_path):
    clock = HandClock()
    recorder = made(tmp_path, clock)
    alert = Request(Change(alerts={"e-1": b"{}"}), at_once=True)
    (tmp_path / "buffer.db").rename(tmp_path / "away.db")
    (tmp_path / "buffer.db").mkdir()

    for _ in range(3):
        with pytest.raises(BufferFault):
            stepped(recorder, alert)
        alert = Request(Change(), at_once=True)
    told = [recorder.news.get().alerts for _ in range(recorder.news.qsize())]
    (tmp_path / "buffer.db").rmdir()
    (tmp_path / "away.db").rename(tmp_path / "buffer.db")
    stepped(recorder, [soil(31.2)])
    clock.now_s += 10
    stepped(recorder)

    assert [event.partition("-boot")[0] for each in told for event in each] == [
        "e-1",
        "storage-failing",
    ]
    reader = Reader(tmp_path / "buffer.db")
    assert len(reader.outbox()) == 2
    assert [row.value for row in reader.rows(1, 9)] == [31.2]
    assert recorder.news.get() == Committed(2)  # what was told is not told again
    reader.close()
    recorder.close()


def test_a_file_lost_while_running_is_begun_anew_and_what_waits_is_renumbered(tmp_path):
    clock = HandClock()
    recorder = made(tmp_path, clock)
    stepped(recorder, [soil(1.0)])
    clock.now_s += 10
    stepped(recorder)
    recorder._outage.why = "the card was pulled"
    for side in ("", "-wal", "-shm"):
        (tmp_path / f"buffer.db{side}").unlink(missing_ok=True)

    clock.now_s += 10
    stepped(recorder, [soil(2.0)])
    recorder.close()

    assert [(row.seq, row.value) for row in rows(tmp_path)] == [(1, 2.0)]


def test_a_file_deleted_under_the_daemon_is_noticed_at_the_next_commit(tmp_path):
    clock = HandClock()
    recorder = made(tmp_path, clock)
    stepped(recorder, [soil(1.0)])
    clock.now_s += 10
    stepped(recorder)
    for side in ("", "-wal", "-shm"):
        (tmp_path / f"buffer.db{side}").unlink(missing_ok=True)
    clock.now_s += 10

    with pytest.raises(BufferFault, match="removed or replaced"):
        stepped(recorder, [soil(2.0)], Request(Change(), at_once=True))
    clock.now_s += 1
    stepped(recorder)
    recorder.close()

    assert [(row.seq, row.value) for row in rows(tmp_path)] == [(1, 2.0)]
    reader = Reader(tmp_path / "buffer.db")
    assert any(b"buffer-damaged" in body for body in reader.outbox().values())
    reader.close()


def test_damage_that_a_reader_found_puts_the_file_aside(tmp_path):
    clock = HandClock()
    recorder = made(tmp_path, clock)
    stepped(recorder, [soil(1.0)], Request(Change(), at_once=True))
    recorder.news.get()
    reader = Reader(tmp_path / "buffer.db")
    damaged = Damaged("database disk image is malformed", reader.ledger().epoch)
    reader.close()

    stepped(recorder, [soil(2.0)], damaged, damaged)  # told twice, done once
    recorder.close()

    assert (tmp_path / "buffer.corrupt-1.db").exists()
    assert not (tmp_path / "buffer.corrupt-2.db").exists()
    assert [(row.seq, row.value) for row in rows(tmp_path)] == [(1, 2.0), (2, 1.0)]
    assert recorder.news.get().next == 1


def test_a_counter_goes_on_after_a_restart_however_long_it_was_silent(tmp_path):
    clock = HandClock()
    first = made(tmp_path, clock)
    beam = [Reading("t", "trap_beam_breaks", 0, float(n)) for n in (65_530, 10)]
    stepped(first, beam)
    first.close()
    with sqlite3.connect(tmp_path / "buffer.db") as db:
        db.execute("DELETE FROM reading")  # as if it had aged out
    db.close()

    second = made(tmp_path, clock)
    stepped(second, [Reading("t", "trap_beam_breaks", 0, 11.0)])
    second.close()

    assert [row.value for row in rows(tmp_path)] == [65_547]


def test_an_old_card_begins_an_epoch_and_says_so(tmp_path):
    recorder = made(tmp_path, HandClock())
    stepped(recorder, [soil(1.0), soil(2.0)])

    stepped(recorder, NewEpoch())
    recorder.close()

    reader = Reader(tmp_path / "buffer.db")
    (body,) = reader.outbox().values()
    assert (reader.ledger().epoch_from, reader.ledger().next) == (3, 5)
    assert b"old-card-or-clone" in body
    reader.close()


def test_flush_returns_when_everything_before_it_is_committed(tmp_path):
    recorder = made(tmp_path, HandClock())
    stop = threading.Event()
    thread = threading.Thread(
        target=lambda: [recorder.step(stop) for _ in range(3)], daemon=True
    )
    recorder.inbox.put([soil(1.0)])
    thread.start()

    assert recorder.flush(5.0)
    assert len(rows(tmp_path)) == 1
    thread.join(5)
    recorder.close()


def test_sqlite_is_told_to_keep_nothing_back(tmp_path):
    recorder = made(tmp_path, HandClock())
    recorder.close()

    with sqlite3.connect(tmp_path / "buffer.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_held_rows_age_out_once_an_hour_while_a_hello_stands(tmp_path):
    clock = HandClock()
    recorder = made(tmp_path, clock)
    old = Segment(1, 1, 0, 0, "hello", 1)
    stepped(recorder, [soil(1.0, at_ms=0)] * 3, Request(Change(segments=[old])))
    clock.now_s += 40 * 86_400
    now = clock.field_ms()
    stepped(recorder, [soil(2.0, at_ms=now)], Request(Change(held=[(1, 4)])))
    clock.now_s += 10
    stepped(recorder)

    def kept() -> list[int]:
        return [row.seq for row in rows(tmp_path)]

    stepped(recorder, Standing(hello=True))
    stepped(recorder, Standing(hello=False))
    clock.now_s += 3601
    stepped(recorder)
    without_hello = kept()
    stepped(recorder, Standing(hello=True))
    clock.now_s += 3601
    stepped(recorder)

    assert without_hello == [1, 2, 3, 4]
    assert kept() == [4]
    recorder.close()


def test_what_is_asked_of_another_epochs_numbers_changes_nothing(tmp_path):
    clock = HandClock()
    recorder = made(tmp_path, clock)
    stepped(recorder, [soil(1.0)])
    clock.now_s += 10
    stepped(recorder)

    change = Change(held=[(1, 1)], alerts={"e-1": b"{}"})
    stepped(recorder, Request(change, at_once=True, epoch="00000000"))

    reader = Reader(tmp_path / "buffer.db")
    assert reader.ledger().held == []
    assert reader.outbox() == {"e-1": b"{}"}
    reader.close()
    recorder.close()


def test_readings_that_come_while_an_epoch_is_due_keep_their_rows(tmp_path):
    clock = HandClock()
    recorder = made(tmp_path, clock)
    stepped(recorder, [soil(1.0)])
    clock.now_s += 10
    stepped(recorder)

    stepped(recorder, NewEpoch(), [soil(2.0)])
    clock.now_s += 10
    stepped(recorder, [soil(3.0)])
    recorder.close()

    assert [(row.seq, row.value) for row in rows(tmp_path)] == [
        (3, 1.0),
        (4, 2.0),
        (5, 3.0),
    ]
