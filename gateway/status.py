"""``status.json``: what the daemon says of itself each second, and its reader."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gateway import check
from gateway.config import Config
from telemetry import messages

FILE: Final = "status.json"
RULES_FILE: Final = "rules.json"  # how each rule stands; written when that changes
SERVICE_DIR: Final = Path("/run/canhdong")  # RuntimeDirectory= of the unit
STALE_S: Final = 10.0
BAD_MOST: Final = 3  # files named; a person looks into the folder anyway
RESTART: Final = (
    "\n  RULES     [rules] on or off was edited: restart the gateway to take it in"
)
LINK_WORDS: Final = {"no_ack": "UPLINK_NO_ACK", "denied": "DENIED"}  # to be seen


def path_for(config: Config, name: str = FILE) -> Path:
    """Where the daemon writes: under systemd in memory, else beside the buffer."""
    given = os.environ.get("RUNTIME_DIRECTORY")
    return (Path(given) if given else config.data_dir) / name


def write(path: Path, snapshot: dict[str, Any]) -> None:
    """Replace the file whole.  It is not flushed: it may be lost with the power."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(messages.encode(snapshot))
    part.replace(path)


def run(args: argparse.Namespace) -> int:
    """``canhdong status``."""
    config = check.load(args.config)
    where = newest(config)
    if where is None:
        print(
            f"no {FILE} in {config.data_dir} or {SERVICE_DIR}: the gateway has not run"
            f" yet; start it with: canhdong run -c {args.config}",
            file=sys.stderr,
        )
        return 1
    age_s = time.time() - where.stat().st_mtime
    try:
        snapshot = json.loads(where.read_text(encoding="utf-8"))
        told = text(snapshot, age_s)
        now = switches(config)
        if snapshot.get("rules_switches", now) != now:
            told += RESTART
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        print(
            f"{where} is damaged or of another version; a running gateway writes it"
            " again each second",
            file=sys.stderr,
        )
        return 1
    if args.json:
        told = json.dumps(snapshot | {"age_s": round(age_s, 1)}, ensure_ascii=False)
    print(told)
    return 0 if age_s < STALE_S else 1


def running(config: Config, part: str) -> dict[str, Any] | None:
    """What the running gateway says, if it has such a part; ``None`` where none runs.

    A file that is stale or damaged says nothing.
    """
    where = newest(config)
    if where is None or time.time() - where.stat().st_mtime >= STALE_S:
        return None
    try:
        found = json.loads(where.read_bytes())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and part in found else None


def newest(config: Config, name: str = FILE) -> Path | None:
    """The newest file of a gateway with this config, ``None`` if there is none."""
    found = [p for p in (config.data_dir / name, SERVICE_DIR / name) if p.is_file()]
    return max(found, key=lambda p: p.stat().st_mtime, default=None)


def text(snapshot: dict[str, Any], age_s: float) -> str:
    """The snapshot for a person."""
    lines = [f"{snapshot['coop']}/{snapshot['gateway']}"]
    if age_s >= STALE_S:
        lines.append(f"  NOT RUNNING: last sign of life {age_s:.0f} s ago")
    lines.append(
        f"  buffer    {snapshot['next'] - 1} readings numbered,"
        f" {snapshot['waiting']} wait for the province,"
        f" {snapshot['quarantined']} in quarantine"
    )
    lines.append(f"            {_card(snapshot['buffer'])}")
    if proof := snapshot.get("storage_proof"):
        word = "THIS CARD LIES" if proof["lies"] else "honest"
        lines.append(
            f"  card      {word}: {proof['cuts']} cuts, {proof['lost']} of"
            f" {proof['rows']} rows lost"
        )
    if snapshot["storage_error"]:
        lines.append(f"            {snapshot['storage_error']}")
    link = LINK_WORDS.get(snapshot["link"], snapshot["link"])
    lines.append(f"  link      {link}  {snapshot['link_error'] or ''}".rstrip())
    if budget := snapshot.get("budget"):
        lines.append(f"  budget    {_budget(budget)}")
    for name, device in snapshot["devices"].items():
        lines.append(
            f"  {name:<14} {device['state']:<8} answered {device['answered']},"
            f" silent {device['silent']}, damaged {device['damaged']},"
            f" refused {device['refused']}"
        )
    for name, reading in snapshot["newest"].items():
        value = "–" if reading["value"] is None else f"{reading['value']:g}"
        lines.append(
            f"    {name:<36} {value:>10} {reading['unit']:<8}"
            f" flag {reading['flag']}, {reading['age_s']:.0f} s old"
        )
    lines += rules(snapshot)
    lines += _counts(snapshot.get("observations"))
    lines += [f"  ALERT     {alert}" for alert in snapshot["alerts"]]
    return "\n".join(lines)


def switches(config: Config) -> dict[str, list[str]]:
    """Which rules a config switches on and off."""
    return {"on": config.rules.on, "off": config.rules.off}


def rules(snapshot: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the site's rules, and which go on as they were."""
    for fault in snapshot.get("rules_faults", ()):
        yield f"  RULES     {fault}"
    if kept := snapshot.get("rules_kept"):
        yield f"            as they were: {', '.join(kept)}"


def _card(buffer: dict[str, Any]) -> str:
    """How full the buffer is, and what it had to give up."""
    used, cap = buffer["bytes"] / 2**20, buffer["cap_bytes"] / 2**20
    told = f"{used:.1f} of {cap:.0f} MiB"
    if buffer["thinned"]:
        told += f"; {buffer['thinned']} merged into 15 minutes"
    return told + (f"; {buffer['lost']} LOST" if buffer["lost"] else "")


def _counts(counts: dict[str, Any] | None) -> list[str]:
    """What people have counted since the start, and what of it was put aside."""
    if not counts or not any(counts[key] for key in ("taken", "waiting", "why", "bad")):
        return []
    told = f"{counts['taken']} taken"
    if counts["waiting"]:
        told += f", {counts['waiting']} files wait"
    lines = [f"  counts    {told}{': ' if counts['why'] else ''}{counts['why'] or ''}"]
    aside = counts["bad"]
    more = f" and {len(aside) - BAD_MOST} more" if len(aside) > BAD_MOST else ""
    if aside:
        lines.append(f"            PUT ASIDE: {', '.join(aside[:BAD_MOST])}{more}")
    return lines


def _budget(budget: dict[str, Any]) -> str:
    """What a metered link has cost, and whether readings wait for it."""
    most = budget["daily_bytes"]
    told = "no limit" if most is None else f"{budget['spent_bytes']} of {most} bytes"
    why = budget["waits"]
    return f"{told} today" + (f"; readings wait: {why}" if why else "")
