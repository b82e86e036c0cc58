"""Limits and series that would have given a flag in silence, and are refused."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from rules.quality import consistency, defaults, history, ismn
from rules.quality.flat_line import FlatLine

AIR = defaults.of("air_temperature")
TIMES = [0, 60_000, 120_000]
DATES = np.array(["2024-01-01", "2024-01-02", "2024-01-03"], "datetime64[s]")
MASKED = np.ma.masked_array([20, 999, 21], mask=[0, 1, 0])


@pytest.mark.parametrize(
    "asked",
    [
        lambda: FlatLine(0.1, 60, resting=math.nan),
        lambda: FlatLine(0.1, 60, saturated=math.nan),
        lambda: defaults.of("water_level", bottom_cm=math.nan),
        lambda: consistency.neighbours(9.0, [1.0, 2.0], math.nan),
        lambda: ismn.soil_moisture([20.0] * 30, saturation=math.nan),
        lambda: ismn.soil_moisture([20.0] * 30, saturation=0.45),  # m³/m³
        lambda: history.flags(AIR, DATES, [20, 21, 22]),  # seconds, not milliseconds
        lambda: history.flags(AIR, np.ma.masked_equal(TIMES, 60_000), [20, 21, 22]),
    ],
)
def test_what_says_nothing_or_is_of_another_unit_is_refused(
    asked: Callable[[], object],
) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*\w"):
        asked()


def test_masked_values_are_missing() -> None:
    assert history.flags(AIR, TIMES, MASKED).tolist() == [1, 9, 1]
    assert not ismn.soil_moisture(MASKED)["C02"].any()
