"""Calls that are waited for within a bound."""

import threading

import pytest

from province.stores.bounded import MOST_LEFT, Bounded


def test_what_a_call_returns_or_raises_is_its_own() -> None:
    bounded = Bounded(5)

    assert bounded.call(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        bounded.call(lambda: 1 // 0)


def test_late_calls_are_left_alone_and_never_many() -> None:
    bounded = Bounded(0.01)
    ends = threading.Event()
    for _ in range(MOST_LEFT):
        with pytest.raises(TimeoutError, match="timed out: no whole answer"):
            bounded.call(ends.wait)
    with pytest.raises(TimeoutError, match="8 earlier requests still wait"):
        bounded.call(ends.wait)
    ends.set()
    for thread in bounded._late:
        thread.join(5)

    assert Bounded(5).call(lambda: 1) == 1
    assert bounded.call(lambda: 1) == 1
