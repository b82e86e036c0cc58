"""``canhdong clock``: what each source of time says; a person may say it too."""

import argparse
import sys
from datetime import UTC, datetime
from typing import Any, Final

from gateway import check, clock_notes, status
from gateway.clock_words import SOURCES
from gateway.hints import is_local
from rules.text import HERE
from telemetry.clock import SystemClock

IN_FORCE: Final = {
    "hello": ("giờ của tỉnh", "the province's time"),
    "bracket": ("giữa hai lần chạy khác", "between two other runs"),
    "disputed": (
        "giờ của tỉnh, có nguồn khác lệch",
        "the province's time, another source disagrees",
    ),
    "machine": ("đồng hồ của máy, chưa xác nhận", "this machine's clock, unconfirmed"),
}


def run(args: argparse.Namespace) -> int:
    """``canhdong clock``."""
    config = check.load(args.config)
    if args.time is not None:
        utc_ms = clock_notes.read(args.time)
        clock_notes.leave(config, SystemClock(), utc_ms)
        print(f"đã ghi nhận · noted: {_said(utc_ms)}")
        return 0
    found = status.running(config, "clock")
    if found is None:
        print(
            f"trạm chưa chạy · the gateway does not run; start it with:"
            f" canhdong run -c {args.config}",
            file=sys.stderr,
        )
        return 1
    print(text(found["clock"], found["field_ms"]))
    return 0


def text(clock: dict[str, Any], now_ms: int) -> str:
    """``clock`` of the status for a person."""
    if clock["utc_ms"] is None:
        lines = ["chưa biết giờ · the time is not known yet"]
    else:
        name = clock["source"]
        vi, en = IN_FORCE.get(name) or SOURCES[name][:2]
        lines = [
            f"{_said(clock['utc_ms'])}",
            f"  theo · by  {vi} · {en}{_error(clock['err_ms'])}",
        ]
    for name, source in clock["sources"].items():
        vi, en = SOURCES[name][:2]
        lines.append(f"{vi} · {en}")
        age_s = (now_ms - source["ms"]) / 1000
        lines.append(
            f"    {_said(source['utc_ms'])}{_error(source['err_ms'])}"
            f"{_off(source)}, hỏi · asked {age_s:.0f} s"
        )
    for name, why in clock["faults"].items():
        vi, en = SOURCES[name][:2]
        lines += [f"{vi} · {en}", f"    không có giờ · tells no time: {why}"]
    return "\n".join(lines)


def _said(utc_ms: int) -> str:
    """An instant in Vietnamese time and in UTC."""
    at = datetime.fromtimestamp(utc_ms / 1000, UTC)
    here = at.astimezone(HERE)
    return f"{here:%Y-%m-%d %H:%M:%S} giờ Việt Nam · {at:%H:%M:%S} UTC"


def _error(err_ms: int | None) -> str:
    return "" if err_ms is None else f", ±{err_ms / 1000:.1f} s"


def _off(source: dict[str, Any]) -> str:
    off_ms = source["off_ms"]
    if off_ms is None:
        return ""
    told = f", lệch · off {off_ms / 1000:+.1f} s"
    if source["distrusted"]:
        told += ", không dùng · not used"
    if is_local(off_ms):
        told += ", đang giữ giờ Việt Nam · keeps Vietnamese time"
    return told
