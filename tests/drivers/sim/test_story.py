"""The demo's field does what its story says, in each scenario, from the clock alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sim.story import DAY_MS, POWER_ON_C, SCENARIOS, Scenario, Story
from telemetry.quantity import QUANTITIES

BEGIN_MS = 1_795_194_000_000  # 2026-11-21 00:00 in Viet Nam
HOUR_MS = 3_600_000

SPOTS = (
    ("soil-a1", "soil_moisture"),
    ("soil-b1", "soil_conductivity"),
    ("water-1", "water_level"),
    ("air-1", "air_temperature"),
    ("humid-1", "relative_humidity"),
    ("leaf-1", "leaf_wetness"),
    ("power-1", "supply_voltage"),
)
days = st.floats(-5, 8)
scenarios = pytest.mark.parametrize("scenario", SCENARIOS)


def at(scenario: Scenario, sensor: str, quantity: str, day: float) -> float:
    """Value on day 1.0 = the begin."""
    value = Story(BEGIN_MS, scenario).value(
        sensor, quantity, BEGIN_MS + round((day - 1) * DAY_MS)
    )
    assert value is not None
    return value


def night(scenario: Scenario, day: int) -> float:
    """Moths from the noon of ``day`` to the next."""
    breaks = [
        at(scenario, "trap-1", "trap_beam_breaks", day + half) for half in (0.5, 1.5)
    ]
    return breaks[1] - breaks[0]


def hourly(scenario: Scenario, sensor: str, quantity: str) -> list[float]:
    return [at(scenario, sensor, quantity, 1 + hour / 24) for hour in range(8 * 24)]


@scenarios
@given(day=days)
def test_every_value_is_possible_and_always_the_same(
    scenario: Scenario, day: float
) -> None:
    for sensor, quantity in SPOTS:
        value = at(scenario, sensor, quantity, 1 + day)
        is_told_wrong = value == POWER_ON_C

        assert is_told_wrong or QUANTITIES[quantity].is_possible(value)
        assert value == at(scenario, sensor, quantity, 1 + day)


@pytest.mark.parametrize("quantity", ["rain_total", "trap_beam_breaks"])
@given(day=days, later=st.floats(0, 2))
def test_a_total_never_falls(quantity: str, day: float, later: float) -> None:
    assert at("story", "x", quantity, day + later) >= at("story", "x", quantity, day)


def test_the_water_passes_its_line_on_day_seven_and_not_before() -> None:
    levels = hourly("story", "water-1", "water_level")

    first = next(hour for hour, level in enumerate(levels) if level < -10)
    assert first // 24 + 1 == 7
    assert min(levels[: 7 * 24]) < -11
    assert min(levels) > -15


def test_the_last_rain_is_on_day_one() -> None:
    rain = hourly("story", "rain-1", "rain_total")

    assert rain[24] - rain[0] == pytest.approx(6.0)
    assert rain[24] == rain[-1]


def test_thrice_the_moths_come_in_the_night_of_day_six() -> None:
    usual = [night("story", day) for day in (-3, -2, -1, 0, 1, 2, 3, 4, 5, 7)]

    assert all(21 <= moths <= 29 for moths in usual)
    assert 63 <= night("story", 6) <= 87


@pytest.mark.parametrize("scenario", ["quiet", "faults"])
def test_without_the_story_neither_water_nor_moths_call(scenario: Scenario) -> None:
    levels = hourly(scenario, "water-1", "water_level")

    assert -6.5 < min(levels) < max(levels) < 3.5
    assert all(night(scenario, day) < 30 for day in range(1, 8))


def test_a_frozen_probe_and_a_thermometer_that_starts_over_are_the_faults() -> None:
    frozen = hourly("faults", "humid-1", "relative_humidity")[49:]
    warm = hourly("faults", "air-1", "air_temperature")

    assert len(set(frozen)) == 1
    assert set(warm[85:]) == {POWER_ON_C}
    assert max(warm[:84]) < 31


@scenarios
def test_nothing_sound_looks_stuck(scenario: Scenario) -> None:
    skipped = {"air-1", "humid-1"} if scenario == "faults" else set()
    for sensor, quantity in SPOTS:
        if sensor in skipped:
            continue
        digits = 3 if quantity == "supply_voltage" else 1  # of the device's register
        values = hourly(scenario, sensor, quantity)
        shown = [round(value, digits) for value in values]

        assert all(len(set(shown[n : n + 6])) > 1 for n in range(len(shown) - 6))


def test_the_weather_is_too_warm_for_blast_and_the_leaves_too_dry() -> None:
    warm = hourly("story", "air-1", "air_temperature")
    wet = hourly("story", "leaf-1", "leaf_wetness")

    assert sum(warm) / len(warm) == pytest.approx(25.5, abs=0.1)
    assert sum(share > 50 for share in wet[:24]) <= 3
