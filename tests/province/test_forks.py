"""Where two cards under one name part, as hello and ledger tell it."""

from pathlib import Path

import pytest

from province.ledger import Ledger
from telemetry.messages import Hello
from telemetry.topics import Identity

HERE = Identity("htx-moduc", "g1")


def hello(*begun: tuple[str, int], next_: int = 1000) -> Hello:
    return Hello(
        epoch="7f3a9c12", boot=begun[0][0] if begun else "b1", mono_ms=1, oldest=1,
        next=next_, begun=list(begun),
    )  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path):
    made = Ledger(tmp_path / "ledger.db")
    yield made
    made.close()


def greeted(ledger: Ledger, *begun: tuple[str, int]):
    return ledger.greet(HERE, hello(*begun))[1]


def test_a_card_that_only_boots_again_is_the_same_card(ledger):
    first = greeted(ledger, ("b1", 1))
    again = greeted(ledger, ("b2", 101), ("b1", 1))

    assert (first.is_known, first.fork) == (False, None)
    assert (again.is_known, again.fork) == (True, None)


def test_an_old_card_lacks_a_boot_that_is_known(ledger):
    greeted(ledger, ("b1", 1))
    greeted(ledger, ("b2", 101), ("b1", 1))

    old = greeted(ledger, ("b3", 101), ("b1", 1))

    assert old.fork == 101


def test_the_first_card_is_not_told_of_the_one_that_parted(ledger):
    greeted(ledger, ("b2", 101), ("b1", 1))
    greeted(ledger, ("b3", 101), ("b1", 1))

    first = greeted(ledger, ("b2", 101), ("b1", 1))

    assert first.fork is None


def test_a_gateway_that_names_no_boots_is_told_of_no_fork(ledger):
    greeted(ledger, ("b1", 1))

    assert greeted(ledger).fork is None


def test_of_boots_older_than_those_named_nothing_is_concluded(ledger):
    greeted(ledger, ("b1", 1))
    greeted(ledger, ("b2", 101), ("b1", 1))

    assert greeted(ledger, ("b3", 201), ("b2", 101)).fork is None


def test_boots_that_begin_with_one_number_are_told_apart_by_name(ledger):
    greeted(ledger, ("b1", 1))
    greeted(ledger, ("b2", 101), ("b1", 1))  # and ended before its first row

    assert greeted(ledger, ("b3", 101), ("b2", 101), ("b1", 1)).fork is None
