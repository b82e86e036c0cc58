from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.soil_water import (
    Events,
    balance,
    depletion,
    depletion_fraction,
    readily_available,
    stress,
    total_available,
)

EXAMPLE_36 = [  # FAO-56 p. 166: θFC, θWP, Zr, p, TAW, RAW as printed
    (0.15, 0.06, 0.4, 0.30, 36, 11),  # onion on loamy sand
    (0.35, 0.23, 0.8, 0.40, 96, 38),  # tomato on silty clay
    (0.32, 0.15, 1.2, 0.55, 204, 112),  # maize on silt
]

EVENTS: Final[tuple[Events, ...]] = "early", "late"

waters = st.lists(st.floats(0, 120), min_size=1, max_size=20)


@pytest.mark.parametrize(("fc", "wp", "zr", "p", "taw", "raw"), EXAMPLE_36)
def test_the_book_s_available_water(
    fc: float, wp: float, zr: float, p: float, taw: float, raw: float
) -> None:
    total = total_available(fc, wp, zr)

    assert round(total) == taw
    assert round(readily_available(total, p)) == raw


def test_example_37_dries_from_day_to_day_as_printed() -> None:
    dry = balance(55, np.full(10, 6.0), 160, 0.4, fixed_p=True)

    assert dry.ks.round(2).tolist()[:4] == [1.0, 1.0, 0.97, 0.91]
    assert dry.depletion_mm[-1] == pytest.approx(104.5, abs=0.2)


def test_early_water_relieves_the_same_day_and_late_water_the_next() -> None:
    rain, etc = np.array([60.0, 0.0]), np.array([5.0, 5.0])

    early = balance(90, etc, 100, 0.5, rain_mm=rain, events="early")
    late = balance(90, etc, 100, 0.5, rain_mm=rain, events="late")

    assert early.ks[0] == 1
    assert late.ks[0] == pytest.approx(0.2)
    assert late.ks[1] == 1


def test_a_probe_wetter_than_field_capacity_shows_it() -> None:
    assert depletion(0.23, 0.26, 0.5) == pytest.approx(-15)


def test_p_is_bounded() -> None:
    etc = np.array([0.0, 5.0, 40.0])

    assert depletion_fraction(0.65, etc).tolist() == [0.8, 0.65, 0.1]


@pytest.mark.slow
@given(waters, waters, st.floats(0, 100), st.sampled_from(EVENTS))
def test_no_water_is_made_or_lost(
    rain: list[float], etc: list[float], start: float, events: Events
) -> None:
    n = min(len(rain), len(etc))
    rain_mm, etc_mm = np.array(rain[:n]), np.array(etc[:n]) / 10

    days = balance(start, etc_mm, 100, 0.5, rain_mm=rain_mm, events=events)

    went = days.et_mm.sum() + days.percolation_mm.sum() - rain_mm.sum()
    assert days.depletion_mm[-1] - start == pytest.approx(went, abs=1e-6)
    assert (days.depletion_mm >= -1e-9).all()
    assert (days.depletion_mm <= 100).all()
    assert (days.et_mm <= etc_mm + 1e-9).all()


@given(st.floats(0, 150), st.floats(0, 150), st.floats(0.1, 0.8))
def test_drier_soil_never_stresses_less(a: float, b: float, p: float) -> None:
    wetter, drier = sorted((a, b))

    assert 0 <= stress(drier, 120.0, p) <= stress(wetter, 120.0, p) <= 1


def test_a_bucket_without_rain_asks_for_water_when_raw_is_gone() -> None:
    days = balance(0, np.full(12, 5.0), 80, 0.5, fixed_p=True)

    assert days.irrigate.tolist() == [0.0] * 7 + [1.0] * 5


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"etc_mm": np.array([])}, "give one a day"),
        ({"etc_mm": np.array([5.0, np.nan, 5.0])}, "1 of 3 values"),
        ({"etc_mm": np.array([5.0, np.inf, 5.0])}, "1 of 3 values"),
        ({"rain_mm": np.array([1.0, 2.0])}, "2 values for 3 days"),
        ({"rain_mm": np.array([0.0, -1.0, 0.0])}, "rain"),
        ({"runoff_mm": 3.0}, "rain less runoff"),
        ({"taw_mm": 0.0}, "TAW"),
        ({"start_mm": float("nan")}, "depletion at the start"),
        ({"p_table": 1.5}, "p is 1.5"),
    ],
)
def test_bad_input_is_told(change: dict[str, object], says: str) -> None:
    good: dict[str, object] = {
        "start_mm": 10.0,
        "etc_mm": np.full(3, 5.0),
        "taw_mm": 100.0,
        "p_table": 0.5,
    }

    with pytest.raises(ValueError, match=says):
        balance(**{**good, **change})  # type: ignore[arg-type]  # by name


def test_soil_that_wilts_above_its_capacity_is_refused() -> None:
    with pytest.raises(ValueError, match="θFC − θWP"):
        total_available(0.1, 0.2, 0.5)
    with pytest.raises(ValueError, match="water content"):
        depletion(0.23, 18.0, 0.5)  # a percentage
