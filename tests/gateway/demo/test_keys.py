"""Keys are written down so that a run can be repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.demo.keys import KEYS, Press, read_seed, seed_of

presses = st.builds(
    Press, st.sampled_from(sorted(KEYS)), st.integers(0, 6000).map(lambda n: n / 10)
)


@given(st.lists(presses, min_size=1, max_size=20))
def test_a_seed_is_read_as_it_was_written(pressed: list[Press]) -> None:
    in_order = sorted(pressed, key=lambda press: press.at_s)

    assert list(read_seed(seed_of(pressed))) == in_order


@pytest.mark.parametrize("text", ["", "k", "12", "x12", "k-3", "k12;b40", "k1e3"])
def test_what_is_no_seed_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"k b i u d c .* such as k12.3"):
        read_seed(text)
