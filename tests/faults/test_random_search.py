"""A bounded share of the random search, and every run that it ever found."""

import time
from random import Random, SystemRandom
from typing import Final

import pytest

from tests.faults.machine.actions import Action
from tests.faults.machine.found import APART, MENDED
from tests.faults.machine.walk import drawn, run

SHARE_S: Final = 40.0  # some 200 runs on a PC; `make search` is the long one


@pytest.mark.parametrize("actions", MENDED.values(), ids=MENDED.keys())
def test_what_was_found_once_stays_mended(actions: list[Action]) -> None:
    outcome = run(actions)

    assert outcome.faults == []


def test_a_plain_run_stores_what_was_committed() -> None:
    outcome = run([("go", 4, 20), ("alert", 0), ("go", 5, 8)])

    assert outcome.faults == []
    assert outcome.rows > 60


def test_a_run_drawn_at_random_loses_and_doubles_nothing(record_property) -> None:
    seed, runs, rows = SystemRandom().randrange(10**6), 0, 0
    until_s = time.monotonic() + SHARE_S
    while time.monotonic() < until_s:
        actions = drawn(Random(f"{seed} {runs}"), APART)
        outcome = run(actions)
        runs, rows = runs + 1, rows + outcome.rows
        told = f"seed {seed}, run {runs - 1}: {actions}"
        assert outcome.faults == [], told
    record_property("figure", f"{runs} runs, {rows:,} rows, seed {seed}")
    print(f"seed {seed}: {runs} runs, {rows:,} rows")

    assert runs > 10
