"""The demo's past lies in the buffer as history: read, not counted, not sent."""

from pathlib import Path

import pytest

from drivers.sim.story import DAY_MS, Story
from gateway.demo import past
from gateway.demo.pace import Pace
from gateway.demo.site import Site
from gateway.reader import Reader
from gateway.segments import covering

BEGIN_MS = 1_795_194_000_000  # 2026-11-21 00:00 in Viet Nam


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.furnish(Pace.of(90), BEGIN_MS, link=1883, broker=1884)
    past.write(site.config("gateway"), Story(BEGIN_MS, "story").value, BEGIN_MS)
    return site


def test_the_past_is_confirmed_and_of_an_earlier_epoch(site: Site) -> None:
    reader = Reader(site.buffer)

    ledger = reader.ledger()
    reader.close()

    assert ledger.epoch_from == ledger.next == 1 + 5 * 24 * 14
    assert (ledger.uncut, ledger.open, ledger.held) == ([], [], [])


def test_every_hour_of_five_days_has_its_instant_before_the_begin(site: Site) -> None:
    reader = Reader(site.buffer)
    segments = reader.segments()
    (span,) = reader.boot_spans()
    reader.close()

    clock = covering(segments, span.boot, span.last_ms)

    assert clock is not None
    assert span.first_ms + clock.offset_ms == BEGIN_MS - 5 * DAY_MS + 1_800_000
    assert span.last_ms + clock.offset_ms == BEGIN_MS - 1_800_000
