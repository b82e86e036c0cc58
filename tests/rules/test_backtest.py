"""Rules over a recorded past: the same episodes as live, and what is not known."""

from dataclasses import replace
from datetime import date

import pytest

from rules import backtest
from rules.backtest import busiest_week, months
from rules.engine import Engine
from rules.history import HOUR_MS
from rules.recorded import Recorded
from rules.rule import packs
from tests.rules.field import BEGIN_MS, RICE, Field, now, place

PACKS = packs()
TUBE = place("tube", "water_level", zero_on=date(2025, 12, 20), bottom=-28.0)
DRYING = [4.0, *[-0.5 * hour for hour in range(40)], *[5.0] * 8]


def hourly(values: list[float | None], first: int = 0) -> list:
    return [
        (BEGIN_MS + hour * HOUR_MS, value, 9 if value is None else 1)
        for hour, value in enumerate(values, first)
    ]


def past(values: list[float | None], *, scale: float = 100.0) -> Recorded:
    return Recorded({TUBE: hourly(values)}, full_scale={TUBE: scale})


def run(recorded: Recorded, *rules: str, plot=RICE, hours: int | None = None):
    end_ms = recorded.last_ms if hours is None else BEGIN_MS + hours * HOUR_MS
    return backtest.run(
        [PACKS[name] for name in rules],
        [plot],
        recorded,
        since_ms=BEGIN_MS,
        until_ms=end_ms,
    )


def test_an_episode_is_a_bar_from_when_its_condition_began_to_its_end():
    report = run(past(DRYING), "rice-water-low")

    (bar,) = report.bars
    begun = BEGIN_MS + 31 * HOUR_MS  # −15 cm
    assert (bar.rule, bar.subject, bar.plot) == ("rice-water-low", "p17", "p17")
    assert (bar.since_ms, bar.fired_ms) == (begun, begun + HOUR_MS)
    assert bar.until_ms == BEGIN_MS + 42 * HOUR_MS
    assert (bar.severity, bar.kind, bar.value) == ("warning", "alert", -15.5)
    assert len(bar.code) == 3
    assert [event.state for event in bar.events] == ["firing", "resolved"]
    assert bar.events[0].say.vi.startswith("Thửa 17")


def test_it_says_what_the_engine_says_live():
    values = [*DRYING, *DRYING]
    live: list[tuple[str, str, int]] = []
    field = Field()
    field.put(TUBE, [])
    field.scales[TUBE] = 100.0
    rules = [PACKS["rice-water-low"], PACKS["rice-water-soon"]]
    engine = Engine(rules, [RICE], field, chosen={}, states={})
    for hour, value in enumerate(values):
        field.put(TUBE, [value], hour)
        live += [
            (event.rule.id, event.state, hour)
            for event in engine.look(now(hour)).events
        ]

    report = run(past(values), "rice-water-low", "rice-water-soon")

    told = [
        (bar.rule, event.state)
        for bar in report.bars
        for event in bar.events
    ]  # fmt: skip
    assert sorted(told) == sorted((rule, state) for rule, state, _ in live)
    fired = sorted((bar.fired_ms - BEGIN_MS) // HOUR_MS for bar in report.bars)
    assert fired == sorted(hour for _, state, hour in live if state == "firing")


def test_an_episode_that_goes_on_is_open():
    report = run(past(DRYING[:36]), "rice-water-low")

    (bar,) = report.bars
    assert bar.until_ms is None


def test_what_comes_later_is_not_known_earlier():
    report = run(past(DRYING), "rice-water-low", hours=31)

    assert report.bars == ()


def test_the_share_of_days_is_of_the_days_on_which_it_could_judge():
    week = [*[-16.0] * 24, *[5.0] * 24 * 3, *[None] * 24 * 3]

    report = run(past(week), "rice-water-low")

    one = report.judged["rice-water-low", "p17"]
    assert (len(one.days_on), len(one.days)) == (2, 5)  # it clears after midnight
    assert report.on_share("rice-water-low", "p17") == pytest.approx(2 / 5)
    assert any("no data" in why for why in one.resting)


def test_a_rule_that_cannot_judge_says_why_and_has_no_share():
    report = run(past(DRYING, scale=500.0), "rice-water-low")

    assert report.bars == ()
    assert report.on_share("rice-water-low", "p17") is None
    (why,) = report.resting["rice-water-low", "p17"]
    assert "full_scale(water_level) <= widest" in why


def test_rules_of_other_crops_watch_nothing():
    onion = replace(RICE, crop="onion")

    report = run(past(DRYING), "rice-water-low", plot=onion)

    assert not report.judged


def test_episodes_are_counted_by_the_month_of_their_begin_and_the_fullest_week():
    values = [*DRYING, *DRYING, *[5.0] * 24 * 30, *DRYING]

    report = run(past(values), "rice-water-low")

    assert months(report)["rice-water-low", "p17"] == {"2026-01": 2, "2026-02": 1}
    assert busiest_week(report.bars) == 2
    assert busiest_week([]) == 0


def test_a_rule_that_broke_is_not_called_quiet(mocker):
    mocker.patch("rules.asking.judged", side_effect=RuntimeError)

    report = run(past(DRYING), "rice-water-low")

    one = report.judged["rice-water-low", "p17"]
    assert one.looks == 0
    assert [why for why in one.resting if why.startswith("broken")]
