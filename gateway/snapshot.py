"""What the workers say of themselves, for ``status.json`` and ``up/state``."""

from collections.abc import Iterable
from typing import Any

from drivers.poller import Poller
from gateway.recorder import Recorder
from gateway.uplink import Uplink
from telemetry.quantity import QUANTITIES


def of_uplink(uplink: Uplink, now_ms: int) -> dict[str, Any]:
    """The time as the province has it, the link, and what waits for it."""
    offset_ms = uplink.offset_ms
    return {
        "utc_ms": None if offset_ms is None else now_ms + offset_ms,
        "link": uplink.link_state,
        "link_error": uplink.error,
        "budget": uplink.meter.told(),
        "next": uplink.next,
        "waiting": uplink.waiting,
        "quarantined": uplink.quarantined,
        "acknowledged": uplink.acknowledged,
        "alerts": uplink.alerts_waiting,
    }


def of_recorder(recorder: Recorder, now_ms: int) -> dict[str, Any]:
    """What is stored and how full the card is, and the newest of each channel."""
    size = recorder.size
    newest = {
        f"{sensor}/{quantity}": {
            "value": value,
            "unit": QUANTITIES[quantity].unit,
            "flag": int(flag),
            "age_s": (now_ms - ms) / 1000,
        }
        for (sensor, quantity), (ms, value, flag) in list(recorder.newest.items())
    }
    return {
        "stored_rows": recorder.stored,
        "lost_rows": recorder.lost,
        "storage_error": recorder.failing,
        "buffer": {
            "bytes": size.used,
            "cap_bytes": size.cap,
            "thinned": size.thinned,
            "lost": size.lost,
        },
        "newest": newest,
    }


def of_devices(pollers: Iterable[Poller]) -> dict[str, dict[str, Any]]:
    """How each device answers, by its name."""
    return {
        health.name: {
            "state": health.state.value,
            "answered": health.ok,
            "silent": health.silent,
            "damaged": health.damaged,
            "refused": health.refused,
        }
        for poller in pollers
        for health in poller.health()
    }
