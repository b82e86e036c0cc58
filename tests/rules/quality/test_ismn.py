"""Soil moisture's own flags, where they apply."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.quality import ismn, plateaus
from rules.quality.rise import Rise
from telemetry.reading import Flag

WET = [20.0] * 30 + [45.0] * 40 + [20.0] * 30


def test_a_saturated_plateau_is_marked_but_not_in_a_flooded_field() -> None:
    assert ismn.soil_moisture(WET)["D10"].sum() > 30
    assert not ismn.soil_moisture(WET, flooded=True)["D10"].any()


def test_a_field_flooded_for_a_while_is_spared_for_that_while() -> None:
    flooded = [False] * 50 + [True] * 50

    marks = ismn.soil_moisture(WET, flooded=flooded)["D10"]

    assert marks[:50].any()
    assert not marks[50:].any()


def test_without_rain_or_soil_their_flags_are_not_given() -> None:
    assert {"C03", "D04"} & ismn.soil_moisture(WET).keys() == set()


def test_irrigation_counts_as_water() -> None:
    rise = [20.0] * 24 + [26.0]

    assert ismn.rise_without_water(rise, [0.0] * 25)[-1]
    assert not ismn.rise_without_water(rise, [0.0] * 20 + [30.0] + [0.0] * 4)[-1]


def test_a_deep_probe_may_rise_without_rain() -> None:
    assert not ismn.rise_without_water([20.0] * 24 + [26.0], [0.0] * 25, 0.3).any()


def test_a_drop_to_zero_that_stays_is_low_and_constant() -> None:
    marks = ismn.soil_moisture([30.0] * 30 + [0.0] * 30)

    assert marks["D07"].nonzero()[0].tolist() == [30]
    assert marks["D09"][30:].all()
    assert not marks["D09"][:30].any()


SERIES = st.lists(st.one_of(st.floats(0, 60), st.just(float("nan"))), max_size=60)


@given(SERIES)
def test_every_flag_has_one_mark_for_every_hour(values: list[float]) -> None:
    marks = ismn.soil_moisture(values, saturation=45, water_mm=[0.0] * len(values))

    assert {len(one) for one in marks.values()} == {len(values)}
    missing = np.isnan(values) if values else np.zeros(0, dtype=bool)
    assert not any((one & missing).any() for one in marks.values())


@given(SERIES, st.floats(5, 59), st.floats(0, 1))
def test_the_wetter_the_soil_may_be_the_fewer_are_above(
    values: list[float], saturation: float, more: float
) -> None:
    one = ismn.soil_moisture(values, saturation=saturation)["C03"]
    other = ismn.soil_moisture(values, saturation=saturation + more)["C03"]

    assert not (other & ~one).any()


HOURS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([20.0, 20.1, 21.0, 26.0]), st.just(float("nan"))),
        st.sampled_from([0.0, 0.0, 0.0, 0.3, 2.0]),
    ),
    min_size=30,
    max_size=80,
)


@pytest.mark.slow
@given(HOURS, st.sampled_from([0.0, 0.05, 0.3]))
def test_a_rise_is_the_same_hour_by_hour(
    hours: list[tuple[float, float]], depth_m: float
) -> None:
    rise = Rise(depth_m)
    moisture, water = zip(*hours, strict=True)

    flags = [rise.feed(*hour) for hour in hours]

    marks = ismn.rise_without_water(moisture, water, depth_m)
    assert [flag is Flag.SUSPECT for flag in flags] == marks.tolist()


def test_what_is_no_hourly_series_is_refused() -> None:
    with pytest.raises(ValueError, match="1 of 2 values are infinite"):
        ismn.soil_moisture([1.0, float("inf")])
    with pytest.raises(ValueError, match="2 dimensions"):
        ismn.soil_moisture([[1.0], [2.0]])
    with pytest.raises(ValueError, match="25 hours of moisture, 3 of water"):
        ismn.rise_without_water([20.0] * 25, [0.0] * 3)
    with pytest.raises(ValueError, match="depth is nan"):
        ismn.rise_without_water([20.0] * 25, [0.0] * 25, float("nan"))


def test_few_hours_hold_no_plateau() -> None:
    assert not plateaus.high([50.0] * 5).any()
    assert not plateaus.low([0.0] * 5, [True] * 5).any()
