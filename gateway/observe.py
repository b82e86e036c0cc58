"""``canhdong observe``: what a person has counted becomes a reading.

The command leaves a note; the daemon takes it, now or at its next start, because
only its recorder writes to the buffer.
"""

import argparse
from datetime import UTC, datetime
from typing import Any

from gateway import check, observations, status
from gateway.config import Config
from gateway.observe_files import NO_TIME
from gateway.observe_names import said
from gateway.observe_words import (
    MINUTE_MS,
    STAGES,
    Sighting,
    late_or_early,
    read,
)
from gateway.pests import PESTS
from rules.text import HERE
from telemetry.clock import SystemClock
from telemetry.observer import METHODS, ROLES
from telemetry.quantity import QUANTITIES
from telemetry.settings import ConfigError


def run(args: argparse.Namespace) -> int:
    """``canhdong observe``."""
    config = check.load(args.config)
    names = ("plot", "quantity", "value", "pest", "stage", "method", "role", "z", "at")
    cells = {name: getattr(args, name) or "" for name in names}
    one = read(cells, config.plots, PESTS)
    running = status.running(config, "observations")
    now_ms = _known_ms(running)
    minute_ms = one.minute_ms
    if minute_ms is None and now_ms is not None:
        minute_ms = now_ms // MINUTE_MS * MINUTE_MS
        cells["at"] = datetime.fromtimestamp(minute_ms / 1000, UTC).isoformat()
    if minute_ms is not None and now_ms is not None:
        why = late_or_early(minute_ms, now_ms)
        if why is not None:
            raise ConfigError([why])
    clock = SystemClock()
    observations.leave(config, cells, {"boot": clock.boot, "ms": clock.field_ms()})
    print(told(one, config, minute_ms))
    if running is None:
        vi, en = "trạm chưa chạy, số đếm nằm chờ", "the gateway does not run: it waits"
        print(f"  {said(vi, en)}")
    elif now_ms is None:
        print(f"  {NO_TIME}")
    return 0


def told(one: Sighting, config: Config, minute_ms: int | None) -> str:
    """What was understood, so that a slip is seen at once."""
    pest = ""
    if one.pest is not None and one.stage is not None:
        name = PESTS.get(one.pest) or one.pest
        pest = f"{name} ({one.pest}, {STAGES[one.stage]}) "
    when = "bây giờ · now"
    if minute_ms is not None:
        when = f"{datetime.fromtimestamp(minute_ms / 1000, HERE):%d/%m/%Y %H:%M}"
    return (
        f"đã ghi nhận · noted: {config.plots[one.plot].name} ({one.plot}): {pest}"
        f"{one.quantity} {one.value:g} {QUANTITIES[one.quantity].unit}, {when},"
        f" {ROLES[one.role]}, {METHODS[one.method]}"
    )


def _known_ms(running: dict[str, Any] | None) -> int | None:
    """UTC where the gateway knows it."""
    found = None if running is None else running["observations"]["utc_ms"]
    return found if isinstance(found, int) else None
