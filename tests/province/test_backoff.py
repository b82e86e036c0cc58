"""Pauses after failures."""

from hypothesis import given
from hypothesis import strategies as st

from province.backoff import CAP_S, pause_s


def test_pauses_double_up_to_their_cap() -> None:
    assert [pause_s(n, 0.5) for n in (1, 2, 3, 100)] == [0.5, 1.0, 2.0, CAP_S / 2]


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_longer_than_its_cap(failures: int, draw: float) -> None:
    assert 0 <= pause_s(failures, draw) < CAP_S
