from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from telemetry import ranges

some = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12)).map(
        lambda p: (p[0], p[0] + p[1])
    ),
    max_size=8,
)


def numbers(given_ranges):
    return {n for first, last in given_ranges for n in range(first, last + 1)}


def is_tidy(given_ranges):
    return all(a[1] + 1 < b[0] for a, b in pairwise(given_ranges))


@given(some, some)
def test_ranges_behave_as_sets_of_numbers(left, right):
    joined = ranges.union([*left, *right])
    less = ranges.subtract(left, right)
    both = ranges.intersect(left, right)

    assert numbers(joined) == numbers(left) | numbers(right)
    assert numbers(less) == numbers(left) - numbers(right)
    assert numbers(both) == numbers(left) & numbers(right)
    assert is_tidy(joined)
    assert is_tidy(less)
    assert is_tidy(both)
    assert ranges.total(joined) == len(numbers(joined))
