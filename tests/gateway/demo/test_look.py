"""The demo looks at the files of its processes and changes none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.buffer import Buffer
from gateway.demo.chain import Chain
from gateway.demo.count import Readings
from gateway.demo.look import Look, count
from gateway.demo.pace import Pace
from gateway.records import Change, Entry
from province.stores.sqlite import SqliteStore
from telemetry import wire
from telemetry.series import Series

BEGIN_MS = 1_795_294_053_000
POLLS, WATER = (
    wire.head(
        Series(
            quantity=quantity,
            coop="htx-moduc",
            gateway="g1",
            plot="p17",
            sensor=sensor,
            z=0,
        )
    )
    for quantity, sensor in (("poll_count", "count-1"), ("water_level", "water-1"))
)


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    chain = Chain(tmp_path, Pace.of(90), "story")
    yield chain
    chain.stop()


def fill_buffer(chain: Chain) -> None:
    """Two rows of an earlier epoch, which are not counted, and four of this one."""
    buffer = Buffer(chain.site.buffer, "htx-moduc", "g1", "boot")
    earlier = [Entry(1, POLLS, 1, 7.0, 1), Entry(2, WATER, 1, 3.0, 1)]
    buffer.write(Change(rows=earlier, held=[(1, 2)]))
    buffer.begin_epoch()
    rows = [
        Entry(3, POLLS, 10, 1.0, 1),
        Entry(4, WATER, 10, -3.5, 1),
        Entry(5, POLLS, 20, 2.0, 1),
        Entry(6, POLLS, 30, None, 9),
    ]
    buffer.write(Change(rows=rows, held=[(3, 4)]))
    buffer.close()


def fill_store(chain: Chain) -> None:
    store = SqliteStore(chain.site.store)
    store.write(wire.render_line(POLLS, 1.0, 1, BEGIN_MS).encode())
    store.close()


def test_what_is_not_there_yet_counts_nothing(chain: Chain) -> None:
    now = Look(chain).now()

    assert (now.devices, now.stored, now.waiting, now.points) == (0, 0, 0, 0)
    assert now.water == []
    assert now.episodes == ()


def test_buffer_and_store_are_seen_while_others_write(chain: Chain) -> None:
    fill_buffer(chain)
    fill_store(chain)

    now = Look(chain).now()

    assert (now.stored, now.confirmed, now.waiting, now.points) == (4, 2, 2, 1)
    assert [sample.value for sample in now.water] == [-3.5]


def test_only_the_probe_that_counts_is_counted(chain: Chain) -> None:
    fill_buffer(chain)
    fill_store(chain)
    chain.site.stats.write_text('{"devices": {"probe-1": {"answered": 2}}}')

    assert count(chain) == Readings(
        answered=2,
        committed=2,
        stored=1,
        lost=1,
        duplicate=0,
        missing_flagged=1,
        missing_counted=1,
    )
