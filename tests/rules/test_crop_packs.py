"""The packs of dry crops: what their numbers rest on, and what they must never ask."""

from dataclasses import replace
from datetime import date

import pytest

from rules.models.crops import CROPS
from rules.models.salinity import from_irrigation, relative_yield
from rules.models.soils import TEXTURES, middle
from rules.plot import Plot
from rules.rule import charts, load, pack_files, packs
from telemetry.quantity import QUANTITIES
from telemetry.settings import ConfigError
from tests.rules.asked import say, scope
from tests.rules.field import Field, place

PACKS = packs()
CHARTS = {n: each for path in pack_files() for n, each in charts(path).items()}
LEACHING = 0.15  # share that passes the roots; FAO-56: 15 to 20 % is usual
PROBE = place("soil", "soil_moisture", z=-15)
ONION = Plot(
    id="p17",
    name="thửa 3",
    crop="onion",
    sown=date(2025, 11, 1),
    duration_days=150,
    soil="loam",
)


# --- water ---------------------------------------------------------------------


@pytest.fixture
def beds() -> Field:
    field = Field()
    field.put(PROBE, [22.0] * 4)
    return field


def test_depletion_counts_from_the_soils_own_field_capacity(beds):
    where = scope(beds, 3.5, plot=replace(ONION, field_capacity=26.0))

    assert say("own_soil()", where) is True
    assert say("depletion()", where) == pytest.approx(12.0)  # 4 points over 0.3 m
    assert say("taw()", where) == pytest.approx(39.0)  # as much as a loam holds
    assert not where.is_doubtful


def test_a_texture_alone_is_doubtful_and_no_rule_goes_by_it(beds):
    where = scope(beds, 3.5, plot=ONION)

    assert say("own_soil()", where) is False
    assert "[plots.p17] has no field_capacity" in where.lacks[0]
    assert say("depletion()", where) == pytest.approx(9.0)
    assert where.is_doubtful
    of_soil = [r for r in PACKS.values() if "depletion" in r.when.names]
    assert of_soil
    assert [r.id for r in of_soil if r.table.needs != "own_soil()"] == []


@pytest.mark.parametrize("crop", ["onion", "garlic", "chilli", "tomato"])
def test_by_a_textures_middle_the_alert_would_stand_all_season_or_never_come(crop):
    """Why ``own_soil`` is needed: the range of a loam is wider than RAW."""
    row, soil = CROPS[crop], middle("loam")
    raw = row.p * (soil.theta_fc - soil.theta_wp)  # m³/m³, at 5 mm/d
    low, high = TEXTURES["loam"].field_capacity

    freshly_watered = soil.theta_fc - low  # seen as lacking, in a loam of the low end
    empty = soil.theta_fc - (high - raw)  # seen as lacking, in one of the high end

    assert freshly_watered > 0.9 * raw
    assert empty < 0.5 * raw


@pytest.mark.parametrize(("crop", "soil"), [("onion", "sand"), ("garlic", "sand")])
def test_coral_sand_holds_less_than_two_days_in_the_heat_and_more_in_winter(crop, soil):
    row, sand = CROPS[crop], middle(soil)
    taw = 1000 * (sand.theta_fc - sand.theta_wp) * row.roots_m.low
    turn = PACKS[f"{crop}-water"].numbers["turn"]

    def days(etc: float) -> float:
        return (row.p + 0.04 * (5 - etc)) * taw / etc  # FAO-56 eq. 83, table 22

    assert days(5.0) < turn
    assert days(3.0) > turn


# --- salt ----------------------------------------------------------------------


def test_the_first_salt_number_is_where_onion_begins_to_lose():
    salt = CROPS["onion"].salt
    harm = PACKS["onion-salt-soon"].numbers["harm"]

    ece = from_irrigation(harm, LEACHING)

    assert salt is not None
    assert ece == pytest.approx(salt.threshold.low, abs=0.05)  # dS/m
    assert relative_yield(ece - 0.05, salt.threshold.low, salt.slope.low) == 100


def test_the_second_salt_number_costs_onion_about_a_tenth():
    salt = CROPS["onion"].salt
    tenth = PACKS["onion-salt"].numbers["tenth"]

    ece = from_irrigation(tenth, LEACHING)

    assert salt is not None
    left = relative_yield(ece, salt.threshold.low, salt.slope.low)
    assert left == pytest.approx(90, abs=1.5)


def test_garlic_has_no_salt_figures_and_borrows_those_of_onion_as_proposed():
    onion, garlic = PACKS["onion-salt"], PACKS["garlic-salt"]

    assert CROPS["garlic"].salt is None
    assert garlic.numbers == onion.numbers
    assert (onion.state, garlic.state) == ("sourced", "proposed")
    assert "hành" in garlic.table.say.vi


@pytest.mark.parametrize(
    "asked", ["last(soil_conductivity)", "max(soil_conductivity, d)"]
)
def test_a_site_cannot_ask_a_probe_for_salt_in_the_soil_either(tmp_path, asked):
    path = tmp_path / "site.toml"
    path.write_text(
        f"""
        version = 1
        [sets.salt]
        state = "proposed"
        numbers.much = {{ value = 900, unit = "µS/cm", source = "design" }}
        numbers.d = {{ value = 24, unit = "h", source = "design" }}
        [rules.salt]
        set = "salt"
        when = "{asked} > much"
        severity = "notice"
        action = "scout"
        title = {{ vi = "Mặn", en = "Salt" }}
        say = {{ vi = "Đất mặn.", en = "Salt." }}
        do = {{ vi = "Xem.", en = "See." }}
        """,
        encoding="utf-8",
    )

    with pytest.raises(ConfigError, match="ask water_conductivity, or take samples"):
        load(path)


def test_no_rule_and_no_chart_asks_a_probe_for_salt_or_nutrients_in_the_soil():
    nutrients = ("nitrogen", "phosphorus", "potassium", "npk", "tds")
    barred = {"soil_conductivity"} | {
        name for name in QUANTITIES if any(each in name for each in nutrients)
    }
    of_rules = {
        (rule.id, quantity)
        for rule in PACKS.values()
        for part in (rule.needs, rule.when, rule.clear, rule.value)
        if part is not None
        for quantity in part.quantities
    }
    of_charts = {(n, q) for n, each in CHARTS.items() for q in each.value.quantities}

    found = {each for each in of_rules | of_charts if each[1] in barred}

    assert found == set()


def test_no_rule_of_weather_or_traps_sends_anybody_to_spray():
    crops = {"onion", "garlic", "maize", "chilli", "tomato"}
    mine = [rule for rule in PACKS.values() if crops & set(rule.table.crops)]

    spraying = [
        rule.id
        for rule in mine
        if rule.table.action == "control"
        or {"phun", "thuốc", "spray"} & set(rule.table.do.vi.lower().split())
    ]

    assert mine
    assert spraying == []


@pytest.mark.parametrize("crop", ["onion", "garlic"])
def test_alert_and_daily_line_never_speak_of_the_same_day(crop):
    """One asks for two days of water in the soil, the other for less."""
    alert, line = PACKS[f"{crop}-water"], PACKS[f"{crop}-water-daily"]

    assert alert.table.when.startswith("raw_days() >= turn and ")
    assert line.table.when.startswith("raw_days() < turn and ")
    assert alert.numbers["turn"] == line.numbers["turn"] == 2
    assert (alert.table.kind, line.table.kind) == ("alert", "daily")


def test_what_rests_on_a_choice_ships_off():
    on = {name for name, rule in PACKS.items() if rule.ships_on}
    of_design = {
        name
        for name, rule in PACKS.items()
        if rule.table.audience == "field"
        and any(s.kind == "design" for s in rule.source_of.values())
    }

    assert {"onion-dew", "maize-waterlogged", "maize-fall-armyworm"} <= of_design
    assert {"garlic-salt", "onion-downy-mildew"} & on == set()
    assert {name for name in of_design & on if name not in NEEDS_ONLY} == set()


NEEDS_ONLY = {
    name
    for name, rule in PACKS.items()
    if rule.needs is not None
    and all(
        rule.source_of[each].kind != "design" or each in rule.needs.names
        for each in rule.source_of
    )
}
"""Rules whose only choices say whether a sensor can be believed."""


def test_wet_hours_of_chilli_and_vegetables_are_charts_and_no_alerts():
    assert {"chilli-wet-hours", "vegetables-wet-hours"} <= set(CHARTS)
    assert not {name for name in PACKS if "wet" in name}
