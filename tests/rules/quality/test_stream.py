"""One reading after another, and all at once: the same flags, from the past only."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.quality import defaults, history, live
from rules.quality.checks import Checks
from rules.quality.flat_line import FlatLine
from rules.quality.spans import Span
from rules.quality.spike import Seeker, Spike
from rules.quality.steps import Step
from rules.quality.stream import Stream
from telemetry.quantity import QUANTITIES
from telemetry.reading import Flag

MINUTE = 60_000
EVERYTHING = Checks(
    possible=Span(-10, 60),
    expected=Span(0, 45),
    rated=Span(5, 40),
    step=Step(2, 5),
    flat=FlatLine(0.5, 300, 900, saturated=44.0, resting=0.0, gap_s=200),
    spike=Spike(2, 6),
)

# Near each other, so that they lie still for a while and step by more than a limit.
SOME = st.one_of(
    st.sampled_from([20.0, 20.1, 20.2, 20.4, 20.5, 26.0, 0.0, 44.0, 45.5, 61.0, -11.0]),
    st.floats(-15, 65),
    st.sampled_from([None, math.nan, math.inf]),
)
SERIES = st.lists(
    st.tuples(st.sampled_from([1000, 30_000, MINUTE, MINUTE, MINUTE, 400_000]), SOME),
    max_size=60,
)


def stamped(steps: Sequence[tuple[int, float | None]]) -> tuple[list[int], list[Any]]:
    stamps = np.cumsum([step for step, _ in steps], dtype=int).tolist()
    return stamps, [value for _, value in steps]


def streamed(checks: Checks, ms: Sequence[int], values: Sequence[Any]) -> list[int]:
    stream = Stream(checks)
    return [int(stream.feed(at, x)) for at, x in zip(ms, values, strict=True)]


@pytest.mark.slow
@settings(max_examples=100)
@given(SERIES, st.booleans(), st.booleans())
def test_stream_and_history_give_the_same_flags(
    steps: list[tuple[int, float | None]], has_flat: bool, has_spans: bool
) -> None:
    checks = Checks(
        possible=EVERYTHING.possible,
        expected=EVERYTHING.expected if has_spans else None,
        rated=EVERYTHING.rated if has_spans else None,
        step=EVERYTHING.step,
        flat=EVERYTHING.flat if has_flat else None,
    )
    ms, values = stamped(steps)

    at_once = history.flags(checks, ms, np.array(values, dtype=float))

    assert streamed(checks, ms, values) == at_once.tolist()


@pytest.mark.parametrize("quantity", sorted(QUANTITIES))
def test_every_quantity_is_flagged_alike(quantity: str) -> None:
    checks = defaults.of(quantity, elevation_m=600, rated=Span(0, 80))
    rng = np.random.default_rng(5)
    values = np.round(np.cumsum(rng.normal(0, 1, 900)), 1) + 30
    values[300:600] = values[300]  # five hours without a move
    ms = np.arange(900) * MINUTE

    found = history.flags(checks, ms, values)

    assert streamed(checks, ms.tolist(), values.tolist()) == found.tolist()


@given(SERIES)
def test_a_spike_found_one_value_late_is_the_same_spike(
    steps: list[tuple[int, float | None]],
) -> None:
    spike = Spike(2, 6, within_s=300)
    ms, values = stamped(steps)
    seeker = Seeker(spike)

    late = [seeker.feed(at, x) for at, x in zip(ms, values, strict=True)][1:]
    flags = [*late, seeker.end()] if values else []

    assert flags == history.spikes(spike, ms, np.array(values, dtype=float)).tolist()


@pytest.mark.slow
@given(SERIES, SERIES)
def test_what_comes_later_changes_no_flag(
    steps: list[tuple[int, float | None]], more: list[tuple[int, float | None]]
) -> None:
    ms, values = stamped([*steps, *more])
    n = len(steps)

    assert history.flags(EVERYTHING, ms, np.array(values, float)).tolist()[:n] == (
        history.flags(EVERYTHING, ms[:n], np.array(values[:n], float)).tolist()
    )


@given(SERIES)
def test_a_gap_is_missing_and_nothing_else_is(
    steps: list[tuple[int, float | None]],
) -> None:
    ms, values = stamped(steps)
    is_gap = [value is None or not math.isfinite(value) for value in values]

    flags = streamed(EVERYTHING, ms, values)

    assert [flag == Flag.MISSING for flag in flags] == is_gap


def test_a_failed_value_is_no_base_for_the_next() -> None:
    checks = live.checks(QUANTITIES["air_temperature"])

    flags = streamed(checks, [0, MINUTE, 2 * MINUTE], [25.0, 45.0, 25.2])

    assert flags == [Flag.GOOD, Flag.FAIL, Flag.GOOD]


def test_a_stamp_that_does_not_advance_leaves_the_spans_to_judge() -> None:
    stream = Stream(live.checks(QUANTITIES["air_temperature"]))
    stream.feed(MINUTE, 25.0)

    assert stream.feed(MINUTE, 45.0) is Flag.GOOD
    assert stream.feed(0, 99.0) is Flag.FAIL


def test_the_first_value_after_a_long_gap_is_no_flat_line() -> None:
    checks = Checks(possible=Span(0, 100), flat=FlatLine(0.5, 3600))

    flags = streamed(checks, [0, 10 * 3_600_000], [20.0, 20.0])

    assert flags == [Flag.GOOD, Flag.GOOD]


def test_a_dry_tube_is_a_state_and_no_fault() -> None:
    dry = defaults.of("water_level", bottom_cm=-25.0)
    ms = [hour * 3_600_000 for hour in range(100)]

    assert set(streamed(dry, ms, [-24.8] * 100)) == {Flag.GOOD}
    assert streamed(dry, ms, [-3.0] * 100)[-1] == Flag.SUSPECT


def test_a_slow_ramp_needs_no_endless_memory() -> None:
    limit = FlatLine(1e9, 1e9)
    stream = Stream(Checks(possible=Span(-1e9, 1e9), flat=limit))

    for at in range(5000):
        assert stream.feed(at, float(at)) is Flag.GOOD


def test_series_of_no_and_of_one_value_have_flags() -> None:
    assert history.flags(EVERYTHING, [], []).tolist() == []
    assert history.flags(EVERYTHING, [0], [20.0]).tolist() == [Flag.GOOD]
    assert history.by_check(EVERYTHING, [0], [20.0])["spike"] == [Flag.UNCHECKED]


@pytest.mark.parametrize(
    ("stamps", "says"),
    [
        ([0, 2, 1], r"1 of 3 do not advance, the first is \[2\]"),
        ([0, 1, 1], r"1 of 3 do not advance, the first is \[2\]"),
        ([0, math.nan, 2], "do not advance"),
        ([math.nan], "do not advance"),
        ([0, 1], "stamps for"),
    ],
)
def test_stamps_that_say_nothing_are_refused(stamps: list[float], says: str) -> None:
    values = [20.0] * (1 if len(stamps) == 1 else 3)

    with pytest.raises(ValueError, match=says):
        history.flags(EVERYTHING, stamps, values)
