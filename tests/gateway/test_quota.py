"""The buffer's cap: what is given up, in which order, and that it is told."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import quota
from gateway.inbox import Request, Standing
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import Change
from gateway.schema import PAGE_BYTES, WAL_LIMIT_BYTES
from gateway.segments import Segment
from telemetry import ranges
from telemetry.reading import Flag, Reading
from tests.gateway.test_recorder import HandClock, made, stepped

CAP = WAL_LIMIT_BYTES + 512 * 1024  # the file may have half a MiB
CYCLE_S = 10
A_STEP = 900  # readings
STEPS = 8  # of the recorder in a cycle, fewer than it has


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory: thousands of commits wait for no disk."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        yield Path(name)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def filled(
    recorder: Recorder, clock: HandClock, *, hours: float, every_s: int = 1
) -> int:
    """So many hours of readings; how many they were."""
    size = max(100, A_STEP // every_s)
    steps = round(hours * 3600 / size / every_s)
    for _ in range(steps):
        at_ms = clock.field_ms()
        readings = [
            Reading(
                "a",
                "soil_moisture",
                at_ms + k * every_s * 1000,
                30 + k % 7,
                Flag.UNCHECKED,
            )
            for k in range(size)
        ]
        clock.now_s += size * every_s
        stepped(recorder, readings)
        clock.now_s += CYCLE_S
        for _ in range(STEPS):
            stepped(recorder)
    return steps * size


def told(recorder: Recorder) -> list[dict[str, object]]:
    found = []
    while not recorder.news.empty():
        bodies = getattr(recorder.news.get(), "alerts", {})
        found += [json.loads(body) for body in bodies.values()]
    return [alert for alert in found if alert["rule"] == "buffer-thinned"]


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("buffer.db*"))


@pytest.mark.slow
def test_a_full_buffer_merges_its_oldest_rows_and_stays_below_its_cap(folder, clock):
    recorder = made(folder, clock, max_bytes=CAP)

    given = filled(recorder, clock, hours=12)

    reader = Reader(folder / "buffer.db")
    ledger = reader.ledger()
    raw = len(reader.rows(1, given))
    reader.close()
    assert recorder.size.thinned > given / 3
    assert recorder.size.lost == 0
    assert ranges.total(ledger.uncut) == given  # each number waits, merged or not
    assert raw + recorder.size.thinned <= given
    assert size_of(folder) <= CAP
    recorder.close()


@pytest.mark.slow
def test_confirmed_rows_go_before_detail_does(folder, clock):
    recorder = made(folder, clock, max_bytes=CAP)
    stepped(recorder, Standing(hello=False))
    half = filled(recorder, clock, hours=3)
    segment = Segment(1, 1, 0, 1_795_294_053_000, "hello", 1)
    stepped(recorder, Request(Change(held=[(1, half)], segments=[segment])))

    given = filled(recorder, clock, hours=3)

    reader = Reader(folder / "buffer.db")
    assert recorder.size.thinned == 0
    assert ranges.total(reader.ledger().uncut) == given
    assert len(reader.rows(half + 1, half + given)) == given
    reader.close()
    recorder.close()


@pytest.mark.slow
def test_the_technician_is_told_once_a_day(folder, clock):
    recorder = made(folder, clock, max_bytes=CAP)

    filled(recorder, clock, hours=12)

    alerts = told(recorder)
    assert len(alerts) == 1
    assert {alert["severity"] for alert in alerts} == {"warning"}
    recorder.close()


@pytest.mark.slow
def test_when_nothing_is_left_to_merge_the_oldest_day_goes_and_is_counted(
    folder, clock
):
    recorder = made(folder, clock, max_bytes=WAL_LIMIT_BYTES + 200 * PAGE_BYTES)

    given = filled(recorder, clock, hours=3600, every_s=1000)

    reader = Reader(folder / "buffer.db")
    ledger = reader.ledger()
    reader.close()
    lost = ranges.total(ledger.lost)
    assert lost == recorder.size.lost > 0
    assert ledger.lost[0][0] == 1
    assert ranges.total(ledger.uncut) + lost == given
    recorder.close()


def test_the_ballast_is_given_up_on_a_full_disk_and_made_again(folder, monkeypatch):
    free = 2**30
    monkeypatch.setattr(quota, "free_bytes", lambda _: free)
    kept = quota.Quota(folder / "ballast")
    size = (folder / "ballast").stat().st_size

    free = 0
    kept.full()
    is_gone = not (folder / "ballast").exists()
    free = 2**30
    kept.written()

    assert size == quota.BALLAST
    assert is_gone
    assert (folder / "ballast").exists()
    assert not kept.is_short
