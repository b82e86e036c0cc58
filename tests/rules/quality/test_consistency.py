"""Sensors against each other, and against rain, pump and sluice."""

import math

import numpy as np
import pytest

from rules.quality import consistency
from telemetry.reading import Flag


def test_a_dew_point_above_the_airs_temperature_is_suspect() -> None:
    assert consistency.dew_point(24.0, 23.0) is Flag.SUSPECT
    assert consistency.dew_point(23.0, 23.0) is Flag.GOOD


def test_a_gust_below_the_mean_wind_is_suspect() -> None:
    assert consistency.gust(2.0, 3.0) is Flag.SUSPECT
    assert consistency.gust(3.0, 3.0) is Flag.GOOD


def test_a_level_that_rises_without_water_is_suspect() -> None:
    assert consistency.level(8.0, 900, 0.0, 0) is Flag.SUSPECT
    assert consistency.level(8.0, 900, 12.0, 0) is Flag.GOOD
    assert consistency.level(8.0, 900, 0.0, 1) is Flag.GOOD
    assert consistency.level(8.0, 3600, 0.0, 0) is Flag.GOOD


def test_a_level_that_falls_is_no_matter_of_the_pump() -> None:
    assert consistency.level(-20.0, 900, 0.0, 0) is Flag.GOOD


@pytest.mark.parametrize("elapsed", [0.0, -5.0])
def test_a_level_after_no_time_is_refused(elapsed: float) -> None:
    with pytest.raises(ValueError, match="since the last value"):
        consistency.level(1.0, elapsed, 0.0, 0)


def test_a_probe_that_answers_with_nothing_but_zeros_is_dead() -> None:
    assert consistency.dead_probe(0.0, 0.0, 0.0) is Flag.FAIL
    assert consistency.dead_probe(0.0, 21.0, 0.0) is Flag.GOOD
    assert consistency.dead_probe(0.0) is Flag.UNCHECKED


def test_the_one_of_three_that_is_apart_is_suspect() -> None:
    assert consistency.neighbours(52.0, [27.0, 25.0], 5) is Flag.SUSPECT
    assert consistency.neighbours(25.0, [52.0, 27.0], 5) is Flag.GOOD
    assert consistency.neighbours(52.0, [25.0], 5) is Flag.UNCHECKED


@pytest.mark.parametrize("gap", [None, math.nan, math.inf])
def test_with_a_gap_nothing_is_said(gap: float | None) -> None:
    assert consistency.dew_point(gap, 20.0) is Flag.UNCHECKED
    assert consistency.gust(1.0, gap) is Flag.UNCHECKED
    assert consistency.calm(gap, 1.0) is Flag.UNCHECKED
    assert consistency.level(1.0, gap, 0.0, 0) is Flag.UNCHECKED
    assert consistency.dead_probe(0.0, gap, 0.0) is Flag.UNCHECKED
    assert consistency.neighbours(1.0, [gap, 2.0], 1) is Flag.UNCHECKED


def test_whole_series_are_judged_row_by_row() -> None:
    gusts, means = np.array([3.0, np.nan, 9.0]), np.array([4.0, 4.0, 4.0])

    assert consistency.together(consistency.gust, gusts, means) == [3, 2, 1]
    with pytest.raises(ValueError, match="shorter"):
        consistency.together(consistency.gust, gusts, means[:2])
