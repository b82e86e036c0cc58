import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.counter import advance


def test_at_first_sight_the_total_is_what_the_counter_shows() -> None:
    assert advance(None, None, 54.85, None) == 54.85


@pytest.mark.parametrize(
    ("last", "raw", "bits", "gain"),
    [
        (100, 130, 16, 30),
        (100, 100, 16, 0),
        (65535, 0, 16, 1),
        (49152, 16383, 16, 32767),  # from the top quarter into the bottom one
        (49151, 0, 16, 0),  # not from the top quarter
        (65535, 16384, 16, 16384),  # not into the bottom quarter
        (65535, 3, None, 3),  # no width: a restart
        (0xFFFF_FFFF, 4, 32, 5),
        (54.85, 54.97, None, 0.12),
        (54.85, 0.01, None, 0.01),
    ],
)
def test_a_fall_is_a_wrap_or_a_restart(
    last: float, raw: float, bits: int | None, gain: float
) -> None:
    assert advance(last, 1000, raw, bits) == pytest.approx(1000 + gain)


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.integers(0, 0x7FFF), max_size=50),
)
def test_steps_below_half_the_width_add_up_if_none_hides_a_wrap(
    start: int, steps: list[int]
) -> None:
    raw, total, true = start, float(start), start
    for step in steps:
        true += step
        fall = true % 0x10000 < raw
        if fall and not (raw >= 0xC000 and true % 0x10000 < 0x4000):
            return
        total = advance(raw, total, true % 0x10000, 16)
        raw = true % 0x10000

    assert total == true


@given(
    st.floats(0, 1e6),
    st.floats(0, 1e9),
    st.floats(0, 1e6),
    st.sampled_from((None, 16, 32)),
)
def test_a_total_never_falls(
    last: float, total: float, raw: float, bits: int | None
) -> None:
    assert advance(last, total, raw, bits) >= round(total, 6)
