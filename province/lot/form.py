"""A lot as JSON, version 1: the facts of the text, and each day of them.

::

    v, lot, coop, coop_name, harvested, kg, at, field_time
    seasons[]
        season, plot, plot_name, locality, commune, commune_name
        area_m2, elevation_m
        crop, variety, sown, harvested
        from, to            the stretch that was looked at; equal if it is to come
        unknown_gateways[]  sent readings, but never spoke for themselves
        measured[]
            quantity, quantity_vi, unit, kind, z, pest, stage
            sensor          of a counter or state, else null
            probes[]        gateway, sensor, period_s (null: nobody told it)
            measure_vi      the next one in Vietnamese
            measure         mean, sum, increase, vector mean or last
            value, min, max         null where there is none; min, max of levels only
            values, suspect, missing    flags 1-2, 3-4, 9; thinned ones by number
            first, last             stamps of the first and last value
            due, coverage_pct       polls of the season; null: no period was told
            due_since_first, coverage_since_first_pct
            gaps, gap_h             how many, and hours together; null as above
            longest_gaps[]          at most 20: from, to, hours, place
            days[]                  day, values, suspect, missing
        alerts[]
            code, episode, gateway, rule, audience, plot, subject, severity, state
            title_vi, title_en, from, to, verdict, by

Keys may be added within a version; none goes away or changes its meaning.  Instants
are ISO 8601 in UTC, days those of Asia/Ho_Chi_Minh.  The ``place`` of a gap is
"before the first value", "gap", "after the last value" or "the whole season".  A
``verdict`` is dung, sai or chua-xem; ``to`` is null while an alert is open.
"""

from datetime import UTC, datetime
from typing import Any, Final

from province.episodes import Episode
from province.lot.facts import Lot, Measured, Season
from province.lot.words import (
    VALUE_IS,
    coverage_pct,
    kind_of,
    place_of_gap,
    value_of,
)
from province.tally import HOUR_NS, NS_OF_MS, SECOND_NS
from telemetry.quantity import QUANTITIES
from telemetry.quantity_names import QUANTITIES_VI

VERSION: Final = 1
GAPS_TOLD: Final = 20


def form(lot: Lot) -> dict[str, Any]:
    """Return a lot as objects of JSON."""
    about = lot.about
    return {
        "v": VERSION,
        "lot": about.lot,
        "coop": about.coop.coop,
        "coop_name": about.coop.name,
        "harvested": about.harvested.isoformat(),
        "kg": about.kg,
        "at": _iso(lot.at_ms * NS_OF_MS),
        "field_time": "simulated" if lot.is_simulated else "real",
        "seasons": [_season(one) for one in lot.seasons],
    }


def _season(one: Season) -> dict[str, Any]:
    grown, plot = one.grown, one.grown.plot
    return {
        "season": grown.season,
        "plot": plot.plot,
        "plot_name": plot.name,
        "locality": plot.locality,
        "commune": plot.commune,
        "commune_name": one.commune,
        "area_m2": plot.area_m2,
        "elevation_m": plot.elevation_m,
        "crop": grown.crop,
        "variety": grown.variety,
        "sown": grown.sown.isoformat(),
        "harvested": grown.harvested.isoformat() if grown.harvested else None,
        "from": _iso(one.start_ns),
        "to": _iso(one.end_ns),
        "unknown_gateways": list(one.strangers),
        "measured": [_measured(some, one) for some in one.measured],
        "alerts": [_alert(some) for some in one.alerts],
    }


def _measured(one: Measured, season: Season) -> dict[str, Any]:
    quantity, answer = QUANTITIES[one.quantity], one.summary
    return {
        "quantity": one.quantity,
        "quantity_vi": QUANTITIES_VI[one.quantity],
        "unit": quantity.unit,
        "kind": quantity.kind.value,
        "z": one.z,
        "pest": one.pest,
        "stage": one.stage,
        "sensor": one.sensor,
        "probes": [
            {
                "gateway": probe.gateway,
                "sensor": probe.sensor,
                "period_s": probe.period_ns and probe.period_ns / SECOND_NS,
            }
            for probe in one.probes
        ],
        "measure": VALUE_IS[kind_of(one)][1],
        "measure_vi": VALUE_IS[kind_of(one)][0],
        "value": value_of(one),
        "min": answer and answer.low,
        "max": answer and answer.high,
        "values": one.good,
        "suspect": one.doubtful,
        "missing": one.missing,
        "first": _iso(answer.first_ns) if answer and answer.first_ns else None,
        "last": _iso(answer.last_ns) if answer and answer.last_ns else None,
        "due": one.due,
        "coverage_pct": coverage_pct(one.good, one.due),
        "due_since_first": one.due_since_first,
        "coverage_since_first_pct": coverage_pct(one.good, one.due_since_first),
        **_gaps(one, season),
        "days": [
            {
                "day": day.day.isoformat(),
                "values": day.good,
                "suspect": day.doubtful,
                "missing": day.missing,
            }
            for day in one.days
        ],
    }


def _gaps(one: Measured, season: Season) -> dict[str, Any]:
    if one.gaps is None:
        return {"gaps": None, "gap_h": None, "longest_gaps": None}
    hours = [(end - begin) / HOUR_NS for begin, end in one.gaps]
    return {
        "gaps": len(one.gaps),
        "gap_h": round(sum(hours), 2),
        "longest_gaps": [
            {
                "from": _iso(gap[0]),
                "to": _iso(gap[1]),
                "hours": round(long, 2),
                "place": place_of_gap(gap, season)[1],
            }
            for gap, long in zip(one.gaps[:GAPS_TOLD], hours, strict=False)
        ],
    }


def _alert(one: Episode) -> dict[str, Any]:
    return {
        "code": one.code,
        "episode": one.episode,
        "gateway": one.identity.gateway,
        "rule": one.rule,
        "audience": one.audience,
        "plot": one.plot,
        "subject": one.subject,
        "severity": one.severity,
        "state": one.state,
        "title_vi": one.title_vi,
        "title_en": one.title_en,
        "from": _iso(one.begin_ms * NS_OF_MS),
        "to": None if one.until_ms is None else _iso(one.until_ms * NS_OF_MS),
        "verdict": one.verdict,
        "by": one.by,
    }


def _iso(stamp_ns: int) -> str:
    moment = datetime.fromtimestamp(stamp_ns // SECOND_NS, tz=UTC)
    return moment.isoformat(timespec="seconds")
