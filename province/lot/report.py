"""A lot in words: Vietnamese first, English beside it, 80 columns.  Pure.

Only values flagged 1 or 2 are in means, extremes and coverage.  The period of a
poll is the one of today: coverage above 100 % says that it was another before.
"""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from province.alerting import clean
from province.episodes import SEVERITIES_VI, Episode
from province.lot.facts import Lot, Measured, Season
from province.lot.words import (
    CROPS_VI,
    STAGES_VI,
    VALUE_IS,
    coverage_pct,
    kind_of,
    number,
    place_of_gap,
    value_of,
)
from province.tally import HOUR_NS, NS_OF_MS
from rules.text import local
from telemetry.observer import ROLES, observer_of
from telemetry.quantity import QUANTITIES, Kind
from telemetry.quantity_names import QUANTITIES_VI
from telemetry.ranges import Range
from telemetry.verdict import VERDICTS_EN, VERDICTS_VI

WIDTH: Final = 80
GAPS_TOLD: Final = 3  # the JSON has more


def text(lot: Lot) -> str:
    """All that is known of a lot, as lines of at most 80 columns."""
    lines = [*_of_lot(lot)]
    for season in lot.seasons:
        lines += ["", *_of_season(season)]
    if not lot.seasons:
        lines += ["", "lô này không có vụ nào · this lot has no season"]
    return "\n".join(lines) + "\n"


# --- the lot -------------------------------------------------------------------


def _of_lot(lot: Lot) -> Iterator[str]:
    about = lot.about
    yield from _wrapped(f"LÔ {about.lot} · {about.coop.name} ({about.coop.coop})", 0, 4)
    weight = "" if about.kg is None else f", {number(about.kg)} kg"
    yield f"thu hoạch · harvested {about.harvested}{weight}"
    yield f"tính đến · as of {_minute(lot.at_ms * NS_OF_MS)}"
    if lot.is_simulated:
        yield "số liệu MÔ PHỎNG · SIMULATED readings"


def _of_season(season: Season) -> Iterator[str]:
    grown, plot = season.grown, season.grown.plot
    where = plot.name + (f", {plot.locality}" if plot.locality else "")
    yield from _wrapped(f"{where} ({plot.plot}), {season.commune}", 0, 4)
    crop = f"{CROPS_VI.get(grown.crop, grown.crop)} · {grown.crop}"
    variety = f" {grown.variety}" if grown.variety else ""
    yield from _wrapped(f"{crop}{variety}, vụ · season {grown.season}", 0, 4)
    days = round((season.end_ns - season.start_ns) / (24 * HOUR_NS))
    ended = f" → {grown.harvested}" if grown.harvested else ""
    yield (f"gieo · sown {grown.sown}{ended}, đã qua · passed {days} ngày · days")
    for gateway in season.strangers:
        fact = "chưa bao giờ tự giới thiệu, không rõ nhịp đo"
        english = "has never spoken for itself, its periods are unknown"
        yield from _wrapped(f"! trạm · gateway {gateway}: {fact} · {english}", 2, 4)
    for measured in season.measured:
        yield ""
        yield from _of_measured(measured, season)
    if not season.measured:
        yield "  chưa có số đo nào · nothing is stored of this season"
    yield ""
    yield from _of_alerts(season.alerts)


# --- what was measured ---------------------------------------------------------


def _of_measured(one: Measured, season: Season) -> Iterator[str]:
    quantity = QUANTITIES[one.quantity]
    name = f"{QUANTITIES_VI[one.quantity]} · {one.quantity.replace('_', ' ')}"
    if one.pest:
        stage = f"{STAGES_VI[one.stage]} · {one.stage}" if one.stage else ""
        name += f", {one.pest}, {stage}"
    probes = ", ".join(f"{probe.gateway}/{probe.sensor}" for probe in one.probes)
    yield from _wrapped(f"{name}, z = {number(one.z)} cm ({probes})", 2, 4)
    if one.is_silent:
        yield "    không có số đo nào trong vụ · nothing is stored of this season"
    else:
        yield from _wrapped(_values(one, quantity.kind, _unit(quantity.unit)), 4, 6)
        counts = (
            f"{number(one.good)} giá trị · values,"
            f" {number(one.doubtful)} nghi ngờ · suspect,"
            f" {number(one.missing)} thiếu · missing"
        )
        yield from _wrapped(counts, 4, 6)
    for line in _coverage(one):
        yield from _wrapped(line, 4, 6)
    yield from _suspects(one)
    yield from _gaps(one.gaps or (), season)


def _unit(unit: str) -> str:
    return "" if unit == "1" else f" {unit}"


def _values(one: Measured, kind: Kind, unit: str) -> str:
    answer = one.summary
    if answer is None or not answer.count:
        return "không có giá trị dùng được · no value that counts"
    vi, en = VALUE_IS[kind]
    counted = value_of(one)
    if counted is not None and kind_of(one) is not kind:
        mean = number(counted)
        return f"trung bình các lần đếm · mean of the counts {mean}{unit}"
    if answer.value is None:
        why = (
            "bộ đếm bị lùi · the counter fell"
            if kind is Kind.COUNTER
            else "các hướng triệt tiêu nhau · all directions cancel out"
        )
        return f"{vi} · {en}: không có, {why}"
    if kind is Kind.LEVEL and answer.low is not None and answer.high is not None:
        return (
            f"nhỏ nhất · min {number(answer.low)}, {vi} · {en}"
            f" {number(answer.value)}, lớn nhất · max {number(answer.high)}{unit}"
        )
    return f"{vi} · {en} {number(answer.value)}{unit}"


def _coverage(one: Measured) -> Iterator[str]:
    if one.sensor is not None and (who := observer_of(one.sensor)):
        role, method = who
        yield f"do người đếm · counted by people: {ROLES[role]} · {role}, {method}"
        return
    if one.due is None:
        yield "độ phủ · coverage: chưa rõ nhịp đo · unknown, no period was told"
        return
    yield f"độ phủ cả vụ · coverage of the season {_share(one.good, one.due)}"
    if one.due_since_first not in (None, one.due):
        since = _share(one.good, one.due_since_first)
        yield f"từ lần đo đầu · since the first reading {since}"


def _share(good: int, due: int | None) -> str:
    share = coverage_pct(good, due)
    if due is None or share is None:
        return "–"
    return f"{number(share)} % ({number(good)}/{number(due)})"


def _suspects(one: Measured) -> Iterator[str]:
    days = [day for day in one.days if day.doubtful]
    if days:
        worst = max(days, key=lambda day: day.doubtful)
        told = (
            f"nghi ngờ · suspect: {len(days)} ngày · days,"
            f" nhiều nhất · most {worst.day}: {number(worst.doubtful)}"
        )
        yield from _wrapped(told, 4, 6)


def _gaps(found: Iterable[Range], season: Season) -> Iterator[str]:
    found = list(found)
    for gap in found[:GAPS_TOLD]:
        begin, end = _minute(gap[0]), _minute(gap[1])
        hours = f"{number((gap[1] - gap[0]) / HOUR_NS)} giờ · h"
        vi, en = place_of_gap(gap, season)
        match en:
            case "gap":
                told = f"{vi} · {en} {begin} → {end}, {hours}"
            case "before the first value":
                told = f"{vi} · {en}: đến · until {end}"
            case "after the last value":
                told = f"{vi} · {en}: từ · from {begin}, {hours}"
            case _:
                continue  # that there is no value was said already
        yield from _wrapped(told, 4, 6)
    more = len(found) - GAPS_TOLD
    if more > 0:
        yield f"    còn {more} lần ngắn hơn · {more} shorter gaps"


# --- alerts --------------------------------------------------------------------


def _of_alerts(alerts: Iterable[Episode]) -> Iterator[str]:
    alerts = list(alerts)
    if not alerts:
        yield "  không có cảnh báo nào · no alerts"
        return
    yield "  cảnh báo · alerts"
    for one in alerts:
        until = (
            "chưa hết · still open"
            if one.until_ms is None
            else _minute(one.until_ms * NS_OF_MS)
        )
        severity = f"{SEVERITIES_VI.get(one.severity, one.severity)} · {one.severity}"
        device = "" if one.audience == "field" else ", thiết bị · device"
        span = f"{_minute(one.begin_ms * NS_OF_MS)} → {until}"
        verdict = f"{VERDICTS_VI[one.verdict]} · {VERDICTS_EN[one.verdict]}"
        yield from _wrapped(
            f"{one.code or '–'} · {one.title_vi} · {one.title_en}", 4, 10
        )
        yield from _wrapped(f"{severity}{device}, {span}", 10, 10)
        yield f"{'':10}có đúng không · was it true: {verdict}"


# --- lines ---------------------------------------------------------------------


def _minute(stamp_ns: int) -> str:
    return f"{local(stamp_ns // NS_OF_MS):%Y-%m-%d %H:%M}"


def _wrapped(line: str, indent: int, hanging: int) -> list[str]:
    # Names come from people's files: nothing in them may move the cursor.
    return textwrap.wrap(
        clean(line, 1000),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * hanging,
        break_on_hyphens=False,  # a date stays whole
    )
