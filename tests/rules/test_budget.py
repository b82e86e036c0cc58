"""How often rules speak: plots laid over a record, and what is beyond the budget."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules import budget, recorded_sets, rule
from rules.history import HOUR_MS
from rules.recorded import Recorded
from rules.recorded_sets import PLOT, Part, Site
from rules.recorded_sites import SITES
from rules.series_cells import Column
from rules.text import local
from tests.rules.field import place

PACKS = rule.packs()
BEGIN_MS = 1_779_382_800_000  # 2026-05-22 00:00 in Viet Nam
AIR = place("air", "air_temperature", plot=PLOT)
OURS = Site(id="ours", folder="", parts=(), is_ours=True)
OTHER = replace(OURS, id="other", is_ours=False)
HEAT, COLD = PACKS["weather-heat"], PACKS["rice-cold-growth"]


def record(days: int, warmth=lambda hour: 27.0, later_ms: int = 0) -> Recorded:
    begin_ms = BEGIN_MS + later_ms
    samples = [
        (begin_ms + hour * HOUR_MS, warmth(hour), 1) for hour in range(days * 24)
    ]
    return Recorded({AIR: samples})


def judged(past: Recorded, *rules: rule.Rule) -> list[budget.Line]:
    return [
        line
        for one, report in budget.judged(OURS, past, rules)
        for line in budget.lines(OURS, one, report)
    ]


def test_rice_is_sown_by_the_calendar_where_it_is_ours():
    plots = list(budget.laid(OURS, record(120)))

    (rice,) = [one for one in plots if one.plot.crop == "rice"]
    assert rice.plot.sown == date(2026, 5, 23)
    assert rice.how == "by the calendar: summer-autumn"
    assert rice.since_ms == BEGIN_MS + 24 * HOUR_MS


def test_elsewhere_a_summer_stands_for_our_winter_spring():
    later_ms = recorded_sets.SUMMER_LATER // timedelta(milliseconds=1)
    plots = list(budget.laid(OTHER, record(60, later_ms=later_ms)))

    assert {one.plot.crop for one in plots} == set(budget.CROPS)
    assert {one.plot.sown for one in plots} == {date(2026, 12, 23)}
    assert {one.how for one in plots} == {
        "as winter-spring, which is as warm as its summer"
    }


def test_a_fortnight_or_less_of_a_season_is_not_judged():
    plots = list(budget.laid(OURS, record(14)))

    assert "rice" not in {one.plot.crop for one in plots}


def test_a_crop_without_a_calendar_is_sown_with_the_record_and_again():
    plots = list(budget.laid(OURS, record(300)))

    maize = [one.plot.sown for one in plots if one.plot.crop == "maize"]
    assert maize[:2] == [date(2026, 5, 22), date(2026, 9, 24)]


def test_a_rule_that_is_on_most_days_is_named(monkeypatch):
    monkeypatch.setattr(budget, "CROPS", ("rice",))
    lines = judged(record(40, lambda _: 36.0), HEAT)

    assert [line.share for line in lines] == [1.0]
    (fault,) = budget.faults(lines)
    assert fault.startswith("weather-heat is on 100 % of the days of rice 2026-05")


def test_many_alerts_in_a_week_are_named_with_the_loudest_rules(monkeypatch):
    monkeypatch.setattr(budget, "CROPS", ("rice",))
    hot_noons = record(40, lambda hour: 36.5 if hour in (61, 109, 157) else 27.0)
    always = replace(HEAT, hold_ms=0, clear_ms=0)

    lines = judged(hot_noons, always)

    assert budget.a_week(lines) == 3
    assert list(budget.faults(lines)) == [
        "weather-heat tells 3 alerts in a week of rice 2026-05 over ours"
    ]
    assert list(budget.loud(lines)) == [
        "rice 2026-05 over ours: 3 alerts in its worst week, of weather-heat"
    ]


def test_a_quiet_rule_is_within_the_budget_and_counted(monkeypatch):
    monkeypatch.setattr(budget, "CROPS", ("rice",))

    (line,) = judged(record(60), COLD)

    assert line.bars == ()
    assert line.days > 0
    assert list(budget.faults([line])) == []


@pytest.mark.parametrize("site", [OTHER, OURS])
def test_dry_soil_that_nobody_waters_is_shown_and_not_counted(site):
    laid = next(budget.laid(OURS, record(60)))
    line = budget.Line(site, laid, PACKS["chilli-water"], (), 60, 60)

    assert not line.is_ours_to_judge
    watered = replace(line, site=replace(site, is_watered=True))
    assert watered.is_ours_to_judge
    assert list(budget.faults([line])) == []


def test_a_site_is_read_by_the_clock_that_hung_there(tmp_path):
    table = tmp_path / "set"
    table.mkdir()
    rows = ["who,when,deg", "a,2026-05-22 00:00,68", "b,2026-05-22 00:00,0", "a,odd,1"]
    (table / "t.csv").write_text("\n".join(rows))
    column = Column(sensor="air", quantity="air_temperature")
    part = Part(
        file="t.csv",
        time="when",
        columns={column: ("deg", lambda f: (f - 32) / 1.8)},
        only=("who", "a"),
    )

    taking = recorded_sets.take(replace(OURS, folder="set", parts=(part,)), tmp_path)

    ((of, taken),) = taking.samples.items()
    assert (of.quantity, of.plot) == ("air_temperature", PLOT)
    assert taken == [(BEGIN_MS, 20.0, 1)]


def test_where_winters_are_cold_the_calendar_is_turned_by_whole_days(tmp_path):
    (tmp_path / "t.csv").write_text("when,deg\n2026-05-23 06:00,20\n")
    column = Column(sensor="air", quantity="air_temperature")
    part = Part(file="t.csv", time="when", columns={column: ("deg", float)})

    taking = recorded_sets.take(replace(OTHER, parts=(part,)), tmp_path)

    (((at_ms, *_),),) = taking.samples.values()
    assert f"{local(at_ms):%Y-%m-%d %H:%M}" == "2026-12-23 06:00"


def test_a_set_that_is_not_there_is_told_in_one_line(tmp_path):
    for site in SITES:
        told = site.missing(tmp_path)
        assert told is not None
        assert "\n" not in told
        assert str(tmp_path) in told
