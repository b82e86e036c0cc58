"""Five days before the demo, so that models have a past.

They lie in the buffer as history of an earlier epoch and boot, which the province
has confirmed long ago: they are read, but neither counted nor sent.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from drivers.sim.sources import Source
from drivers.sim.story import DAY_MS
from gateway import check, wiring
from gateway.buffer import Buffer
from gateway.config import Config
from gateway.records import Change, Entry
from gateway.segments import Segment
from rules.history import HOUR_MS
from telemetry.quantity import QUANTITIES, Kind
from telemetry.reading import Flag

DAYS: Final = 5
BOOT: Final = "before-the-story"
DIGITS: Final = 3  # of the finest register in the demo's devices
COUNTED: Final = "poll_count"  # the field counts its answers from the begin


def write(config_path: Path, source: Source, begin_ms: int) -> None:
    """Fill the buffer of a gateway that has never run with ``DAYS`` of ``source``.

    ``begin_ms`` is the end of that past, UTC. [ms since 1970]
    """
    config = check.load(config_path)
    first_ms = begin_ms - DAYS * DAY_MS
    buffer = Buffer(config.buffer_path, config.coop, config.gateway, BOOT)
    rows = list(_rows(config, source, first_ms))
    clock = Segment(1, buffer.boot, 0, first_ms, "hello", 0)
    buffer.write(Change(rows=rows, segments=[clock], held=[(1, len(rows))]))
    buffer.begin_epoch()
    buffer.close()


def _rows(config: Config, source: Source, first_ms: int) -> Iterator[Entry]:
    """One reading of every channel in the middle of each hour."""
    channels = [
        (spot, channel)
        for spot, channel in wiring.channels(config).items()
        if spot[1] != COUNTED
    ]
    seq = 0
    for ms in range(HOUR_MS // 2, DAYS * DAY_MS, HOUR_MS):
        for (sensor, quantity), channel in channels:
            value = source(sensor, quantity, first_ms + ms)
            if value is None:
                continue
            seq += 1
            is_count = QUANTITIES[quantity].kind is Kind.COUNTER
            shown = round(value, 2 if is_count else DIGITS)
            yield Entry(seq, channel.head, ms, shown, int(Flag.GOOD))
