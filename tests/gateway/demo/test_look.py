"""The demo looks at the files of its processes and changes none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.buffer import Buffer
from gateway.demo.chain import Chain
from gateway.demo.count import Readings
from gateway.demo.look import Look, count
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
            plot="p18",
            sensor=sensor,
            z=0,
        )
    )
    for quantity, sensor in (("poll_count", "probe-1"), ("water_level", "water-1"))
)


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    chain = Chain(tmp_path)
    yield chain
    chain.stop()


def fill_buffer(chain: Chain) -> None:
    buffer = Buffer(chain.buffer, "htx-moduc", "g1", "boot")
    rows = [
        Entry(1, POLLS, 10, 1.0, 1),
        Entry(2, WATER, 10, -3.5, 1),
        Entry(3, POLLS, 20, 2.0, 1),
        Entry(4, POLLS, 30, None, 9),
    ]
    buffer.write(Change(rows=rows, held=[(1, 2)]))
    buffer.close()


def fill_store(chain: Chain) -> None:
    store = SqliteStore(chain.store)
    store.write(wire.render_line(POLLS, 1.0, 1, BEGIN_MS).encode())
    store.close()


def test_what_is_not_there_yet_counts_nothing(chain: Chain) -> None:
    now = Look(chain).now()

    assert (now.devices, now.stored, now.waiting, now.points) == (0, 0, 0, 0)
    assert now.water_cm is None
    assert now.alert is None


def test_buffer_and_store_are_seen_while_others_write(chain: Chain) -> None:
    fill_buffer(chain)
    fill_store(chain)

    now = Look(chain).now()

    assert (now.stored, now.confirmed, now.waiting, now.points) == (4, 2, 2, 1)
    assert now.water_cm == -3.5


def test_only_the_probe_that_counts_is_counted(chain: Chain) -> None:
    fill_buffer(chain)
    fill_store(chain)
    chain.stats.write_text('{"devices": {"probe-1": {"answered": 2}}}')

    assert count(chain) == Readings(
        answered=2, committed=2, stored=1, lost=1, duplicate=0, missing_flagged=1
    )
