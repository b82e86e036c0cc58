import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.schedule import MOST_TICKS, Patience, State, latest_tick, passed_ticks


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(0, 10**8))
def test_each_tick_is_passed_or_served_once(due: int, period: int, late: int) -> None:
    latest = latest_tick(due, period, due + late)

    passed = passed_ticks(due, period, latest)

    assert latest <= due + late < latest + period
    assert len(passed) <= MOST_TICKS
    assert [*passed] == [due + n * period for n in range(len(passed))]
    if len(passed) < MOST_TICKS:
        assert due + len(passed) * period == latest


def test_silence_makes_suspect_then_dead_and_an_answer_good() -> None:
    once = Patience().after_silence(0.0)
    twice = once.after_silence(1.0)

    assert [p.state for p in (Patience(), once, twice, twice.after_answer())] == [
        State.GOOD,
        State.SUSPECT,
        State.DEAD,
        State.GOOD,
    ]


@pytest.mark.parametrize("period_s", [1, 10, 60, 300])
def test_a_dead_device_is_asked_at_most_12_times_in_its_first_hour(
    period_s: int,
) -> None:
    patience, asked = Patience(), []
    for now in range(0, 3600, period_s):
        if now >= patience.wake_at_s:
            asked.append(now)
            patience = patience.after_silence(float(now))

    assert len(asked) <= 12
    assert asked[-1] - asked[-2] <= 600 + period_s
