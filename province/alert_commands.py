"""What a person asks of the alerts once: which there are, and was it true.

Each returns the program's exit code and prints its answer.
"""

import contextlib
import json
import time
from datetime import UTC, datetime
from typing import Any, Final

from province.alarms import Raised, alarms, told
from province.alerting import put_verdict
from province.commands import opened
from province.config import Config
from province.episodes import (
    SEVERITIES_VI,
    Episode,
    episodes,
    named,
)
from rules.text import local
from telemetry.settings import ConfigError
from telemetry.topics import Identity
from telemetry.verdict import VERDICTS_EN, VERDICTS_VI, verdict_of

VERSION: Final = 1  # of the JSON

STATES_VI: Final = {
    "firing": "đang báo",
    "no_data": "mất số liệu",
    "resumed": "đang báo",
    "resolved": "đã hết",
}


def alerts(
    config: Config,
    *,
    coop: str | None,
    plot: str | None,
    start_ns: int | None,
    is_open: bool,
    as_json: bool,
) -> int:
    """Print the episodes that the province knows of, then its alarms; oldest first."""
    start_ms = 0 if start_ns is None else start_ns // 1_000_000
    with contextlib.closing(opened(config)) as ledger, ledger.reading() as db:
        found = episodes(db, coop=coop, plot=plot)
        # An alarm is of a gateway, and has an instant but no end.
        raised = [] if plot or is_open else alarms(db, coop)
    raised = [one for one in raised if one.last_ms >= start_ms]
    found = [
        one
        for one in found
        if (one.is_open or (not is_open and (one.until_ms or 0) >= start_ms))
    ]
    if as_json:
        body = {
            "v": VERSION,
            "episodes": [_as_json(one) for one in found],
            "alarms": [_alarm_as_json(one) for one in raised],
        }
        print(json.dumps(body, ensure_ascii=False, indent=1))
        return 0
    for one in found:
        print("\n".join(_told(one)))
    for about in raised:
        print("\n".join([str(about.alarm.identity), *told(about)]))
    if not found and not raised:
        print("không có cảnh báo nào / no alerts")
    return 0


def verdict(config: Config, identity: Identity, code: str, answer: str, by: str) -> int:
    """Set the verdict of the episode that people know by ``code``."""
    word = verdict_of(answer)
    with contextlib.closing(opened(config)) as ledger:
        with ledger.reading() as db:
            found = episodes(db, coop=identity.coop, gateway=identity.gateway)
        hits = named(found, identity, code)
        if len(hits) > 1:
            fact = f"{identity}: {len(hits)} episodes have the code {code.upper()}"
            several = [f"  {one.episode}  {_span(one)}  {one.title_vi}" for one in hits]
            raise ConfigError([f"{fact}; name one of these instead:", *several])
        (one,) = hits
        at_ms = time.time_ns() // 1_000_000  # when a person spoke: people's time
        with ledger.transaction() as db:
            put_verdict(db, identity, one.episode, word, who=by, at_ms=at_ms)
    was = "" if not one.by else f" (trước đó: {VERDICTS_VI[one.verdict]}, {one.by})"
    print(f"{identity} {one.code}: {VERDICTS_VI[word]} / {VERDICTS_EN[word]}{was}")
    print(f"  {one.title_vi} · {one.plot or one.subject} · {_span(one)}")
    return 0


def _span(one: Episode) -> str:
    # An unsure begin is that of its arrival here.
    begin = _minute(one.begin_ms) + ("" if one.since_ms is not None else "?")
    return f"{begin} → {'…' if one.until_ms is None else _minute(one.until_ms)}"


def _minute(at_ms: int) -> str:
    return f"{local(at_ms):%Y-%m-%d %H:%M}"


def _told(one: Episode) -> list[str]:
    state = STATES_VI.get(one.state, one.state)
    severity = SEVERITIES_VI.get(one.severity, one.severity)
    by = f" ({one.by})" if one.by else ""
    place = f"{one.identity} {one.plot or one.subject}"
    return [
        f"{one.code or '–':<4} {_span(one)}  {severity}, {state}"
        f"  [{VERDICTS_VI[one.verdict]}{by}]",
        f"     {one.title_vi} · {place}",
        f"     {one.title_en} · {one.severity}, {one.state}"
        f" [{VERDICTS_EN[one.verdict]}]",
    ]


def _as_json(one: Episode) -> dict[str, Any]:
    return {
        "coop": one.identity.coop,
        "gateway": one.identity.gateway,
        "episode": one.episode,
        "code": one.code,
        "rule": one.rule,
        "plot": one.plot,
        "subject": one.subject,
        "audience": one.audience,
        "severity": one.severity,
        "state": one.state,
        "since": None if one.since_ms is None else _iso(one.since_ms),
        "told": _iso(one.told_ms),
        "until": None if one.until_ms is None else _iso(one.until_ms),
        "title_vi": one.title_vi,
        "title_en": one.title_en,
        "verdict": one.verdict,
        "by": one.by,
        "steps": one.steps,
    }


def _alarm_as_json(one: Raised) -> dict[str, Any]:
    return {
        "coop": one.alarm.identity.coop,
        "gateway": one.alarm.identity.gateway,
        "kind": one.alarm.kind,
        "epoch": one.alarm.epoch,
        "first": one.alarm.first,
        "last": one.alarm.last,
        "times": one.times,
        "since": _iso(one.at_ms),
        "newest": _iso(one.last_ms),
    }


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).isoformat(
        timespec="milliseconds"
    )
