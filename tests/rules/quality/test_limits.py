"""Limits that say nothing are refused, and where a quantity's limits are from."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.quality import defaults, fit, rated, spans
from rules.quality.checks import Checks
from rules.quality.flat_line import FlatLine
from rules.quality.spans import Span, climate
from rules.quality.spike import Spike
from rules.quality.steps import Step, rate
from telemetry.quantity import QUANTITIES
from telemetry.reading import Flag


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        (Span, (2, 1)),
        (Span, (math.nan, 1)),
        (Step, (0,)),
        (Step, (2, 1)),
        (Step, (math.nan,)),
        (Step, (1, 2, 0)),
        (Spike, (-1,)),
        (Spike, (2, 1)),
        (FlatLine, (0, 60)),
        (FlatLine, (1, 60, 30)),
        (FlatLine, (1, math.nan)),
    ],
)
def test_a_limit_that_says_nothing_is_refused(kind: Any, numbers: Any) -> None:
    with pytest.raises(ValueError, match=r"is no|is empty"):
        kind(*numbers)


def test_nobody_expects_the_impossible() -> None:
    with pytest.raises(ValueError, match="not within possible"):
        Checks(possible=Span(0, 10), expected=Span(0, 11))


def test_qartods_rate_is_per_second_without_a_least_time() -> None:
    assert rate(0.05).flag(3.6, 60_000) is Flag.SUSPECT
    assert rate(0.05, 0.06).flag(3.7, 60_000) is Flag.FAIL
    assert rate(0.05).flag(0.4, 1000) is Flag.SUSPECT


def test_polls_nearer_than_a_minute_have_a_whole_minutes_change() -> None:
    assert Step(2, 3).flag(1.9, 1000) is Flag.GOOD


@given(st.floats(0, 2600), st.floats(0, 2600))
def test_the_higher_a_plot_the_colder_its_span(one: float, other: float) -> None:
    low, high = (climate("air_temperature", z) for z in sorted((one, other)))

    assert low is not None
    assert high is not None
    assert high.low <= low.low
    assert high.high <= low.high


def test_a_frost_at_mang_den_is_expected_and_on_the_coast_it_is_not() -> None:
    coast, highland = climate("air_temperature", 5), climate("air_temperature", 1100)

    assert coast is not None
    assert highland is not None
    assert spans.flag(-1.0, Span(-80, 60), coast) is Flag.SUSPECT
    assert spans.flag(-1.0, Span(-80, 60), highland) is Flag.GOOD


def test_pressure_of_the_highlands_is_suspect_on_the_coast_only() -> None:
    highland, coast = climate("air_pressure", 1100), climate("air_pressure", 5)

    assert highland is not None
    assert coast is not None
    assert highland.holds(890)
    assert not coast.holds(890)


def test_without_an_elevation_nothing_is_expected_that_depends_on_it() -> None:
    assert defaults.of("air_temperature").expected is None
    assert defaults.of("air_pressure").expected is None
    assert defaults.of("relative_humidity").expected == Span(20, 100)


@pytest.mark.parametrize("elevation", [math.nan, math.inf, -1e4, 9e3])
def test_an_elevation_that_is_none_is_refused(elevation: float) -> None:
    with pytest.raises(ValueError, match="elevation is"):
        climate("air_temperature", elevation)


@pytest.mark.parametrize("quantity", sorted(QUANTITIES))
def test_every_quantity_has_limits(quantity: str) -> None:
    given_ = defaults.of(quantity, elevation_m=20)

    assert given_.possible == Span(QUANTITIES[quantity].low, QUANTITIES[quantity].high)


def test_one_sensor_may_have_other_limits() -> None:
    peat = defaults.of("soil_moisture", override={"expected": Span(0, 85)})
    calm = defaults.of("air_temperature", override={"flat": None})

    assert peat.expected == Span(0, 85)
    assert calm.flat is None


def test_an_override_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown check wobble; known: possible"):
        defaults.of("soil_moisture", override={"wobble": 1})
    with pytest.raises(ValueError, match="unknown quantity 'soil_moist'"):
        defaults.of("soil_moist")


def test_nothing_is_claimed_beyond_what_the_maker_vouches_for() -> None:
    humidity = Span(0, 80)

    assert rated.flag(96.0, humidity) is Flag.SUSPECT
    assert rated.flag(96.0, None) is Flag.UNCHECKED
    assert not rated.vouches(humidity, 95.0)
    assert not rated.vouches(None, 95.0)


def test_limits_from_a_sensors_own_past_let_that_past_through() -> None:
    rng = np.random.default_rng(3)
    ms = np.arange(2000) * 900_000
    values = 8.3 + 0.2 * np.sin(np.arange(2000) / 15) + rng.normal(0, 0.01, 2000)

    learned = fit.checks(Checks(possible=Span(0, 14)), ms, np.round(values, 2))

    assert learned.step is not None
    assert learned.expected is None
    assert learned.step.flag(0.1, 900_000) is Flag.GOOD
    assert learned.step.flag(3.0, 900_000) is Flag.SUSPECT


def test_too_short_a_past_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="1 values to learn limits from"):
        fit.checks(Checks(possible=Span(0, 14)), [0], [7.0])
