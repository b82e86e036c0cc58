"""What a hello gives away: late ones, old cards, twins, a ledger that lags behind."""

import itertools
import sqlite3
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from province import epochs
from province.alarms import AGAIN_MS, EN, KINDS, VI
from province.intake import Greeting
from province.ledger import Ledger
from province.records import Round
from telemetry.messages import Hello
from tests.province.gateway import EPOCH, G1, START_MS
from tests.province.test_ledger import batch, rows_of

OTHER = "00000001"
TIMES = itertools.count(1)


def said(next_: int, mono_ms: int, **more: Any) -> Greeting:
    about = {"epoch": EPOCH, "boot": "b1", "oldest": 1, "first": 1} | more
    return Greeting(G1, Hello(mono_ms=mono_ms, next=next_, **about))


def hear(ledger: Ledger, *greetings: Greeting) -> list[str]:
    """Kinds of the alarms that some hellos cause, one after another."""
    return [
        alarm.kind
        for greeting in greetings
        for alarm in ledger.record(Round(greetings=[greeting]), next(TIMES))
    ]


def test_hellos_of_a_quiet_life_alarm_nothing(ledger: Ledger) -> None:
    told = hear(ledger, said(1, 10))
    ledger.record(Round([batch(1, 50)]), 1)
    told += hear(ledger, said(51, 20, held=50))
    told += hear(ledger, said(60, 5, boot="b2", held=50))
    # Rows 55 to 59 were lost with the card's cache: they are given anew.
    told += hear(ledger, said(55, 3, boot="b3", held=50))
    told += hear(ledger, said(60, 1, boot="b4", epoch=OTHER, first=51, oldest=51))
    told += hear(ledger, said(70, 9, boot="b4", epoch=OTHER, first=51, oldest=60))

    assert told == []
    assert ledger.epoch_of(G1) == OTHER


def test_a_redelivery_of_the_last_hour_says_nothing_and_changes_nothing(
    ledger: Ledger,
) -> None:
    hour = [
        said(1, 10),
        said(51, 20),
        said(60, 5, boot="b2"),
        said(90, 8, boot="b2", epoch=OTHER, first=60, oldest=60),
    ]
    hear(ledger, *hour[:1])
    ledger.record(Round([batch(1, 50)]), 1)
    hear(ledger, *hour[1:])
    ledger.record(Round([batch(60, 30, epoch=OTHER)]), 1)
    before = [rows_of(ledger, table) for table in ("gateway", "epoch", "boot")]

    told = hear(ledger, *hour, *hour[:2])

    assert told == []
    assert [rows_of(ledger, table) for table in ("gateway", "epoch", "boot")] == before


def test_an_epoch_that_was_replaced_and_speaks_again_is_a_twin(ledger: Ledger) -> None:
    hear(ledger, said(51, 10), said(60, 20, epoch=OTHER, first=51, oldest=51))

    told = hear(ledger, said(70, 30), said(61, 40, epoch=OTHER, first=51, oldest=51))

    assert told == ["twins", "twins"]


def test_a_ledger_from_yesterday_is_noticed_once(ledger: Ledger) -> None:
    ledger.record(Round([batch(1, 50)]), 1)

    told = hear(ledger, said(101, 10, held=100), said(101, 20, held=100))

    assert told == ["ledger-behind"]


def test_what_a_refill_took_out_is_no_ledger_behind(ledger: Ledger) -> None:
    ledger.record(Round([batch(1, 50), batch(51, 50)]), 1)
    ledger.take_out(G1, 0, (START_MS + 30_000) * 1_000_000)

    told = hear(ledger, said(101, 10, held=100))
    ledger.record(Round([batch(1, 50)]), 2)
    again = hear(ledger, said(101, 20, held=101 - 1))

    assert (told, again) == ([], [])


@pytest.mark.parametrize(
    "greeting",
    [
        said(5, 10, oldest=6),
        said(51, 10, held=60),
        said(51, 10, first=11),
        said(20, 10, oldest=20, first=30),
    ],
)
def test_numbers_that_contradict_each_other_are_impossible(
    greeting: Greeting, ledger: Ledger
) -> None:
    told = hear(ledger, greeting)

    assert told == ["impossible"]


def test_what_changes_within_an_epoch_or_a_boot_is_impossible(ledger: Ledger) -> None:
    hear(ledger, said(100, 10, first=51, oldest=51))

    told = hear(ledger, said(100, 20, first=41, oldest=51))
    ledger.record(Round(), AGAIN_MS)

    assert told == ["impossible"]
    assert rows_of(ledger, "epoch")[0][4] == 51  # stays what it was


def test_next_that_runs_back_within_a_boot_is_impossible(ledger: Ledger) -> None:
    told = hear(ledger, said(100, 10), said(90, 20))

    assert told == ["impossible"]


def test_a_batch_far_beyond_what_hello_said_is_impossible_and_stored(
    ledger: Ledger,
) -> None:
    hear(ledger, said(100, 10))
    near, far = batch(5_000_000, 10), batch(10**15, 10, salt=-(10**15))

    alarms = ledger.record(Round([near, far]), 1)

    assert [(one.kind, one.first) for one in alarms] == [("impossible", 10**15)]
    assert ledger.held(G1, EPOCH) == [(5_000_000, 5_000_009), (10**15, 10**15 + 9)]


def test_an_alarm_is_counted_each_time_and_told_once_a_day(ledger: Ledger) -> None:
    ledger.record(Round([batch(1, 50)]), 1)
    days = []
    for at_ms in (10, 20, AGAIN_MS, AGAIN_MS + 10, AGAIN_MS + 20):
        clone = batch(1, 50, salt=at_ms)
        days.append(len(ledger.record(Round([clone]), at_ms)))

    ((*_, first, last, batch_, times, at_ms, last_ms, _),) = rows_of(ledger, "alarm")

    assert days == [1, 0, 0, 1, 0]
    assert (first, last, times) == (1, 50, 5)
    assert batch_ == clone.envelope.batch
    assert (at_ms, last_ms) == (10, AGAIN_MS + 20)


def test_every_kind_of_alarm_has_words() -> None:
    assert set(KINDS) == set(VI) == set(EN)


def test_lost_ranges_add_up_and_too_many_are_cut(ledger: Ledger) -> None:
    many = [(n, n) for n in range(1, 1000, 2)]
    hear(ledger, said(2000, 10, lost=[(5, 9), (1500, 1600)]))
    hear(ledger, said(2000, 20, lost=many), said(2000, 30, lost=[(8, 12)]))

    spans = [row[3:] for row in rows_of(ledger, "lost")]

    assert spans[0] == (5, 12)
    assert len(spans) == 2 + epochs.MAX_LOST


@pytest.mark.slow
def test_boots_are_remembered_for_a_while_only(ledger: Ledger) -> None:
    hear(ledger, *(said(1, 1, boot=f"b{n}") for n in range(epochs.MAX_BOOTS + 30)))

    assert len(rows_of(ledger, "boot")) == epochs.MAX_BOOTS


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(st.booleans(), st.booleans(), st.integers(0, 40)), max_size=12
    ),
    cut=st.integers(0, 40),
)
def test_no_honest_gateway_alarms_whatever_is_brought_again(
    steps: list[tuple[bool, bool, int]], cut: int, ledger: Ledger
) -> None:
    with sqlite3.connect(ledger.path) as db:
        for table in ("held", "batch", "gateway", "epoch", "boot", "alarm"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608
    db.close()
    passed: list[Round] = []
    epoch, first, next_, sent, boot = 0x10, 1, 1, 0, 0
    for mono_ms, (restarts, renews, rows) in enumerate(steps):
        boot += restarts
        if renews:
            epoch, first, sent = epoch + 1, next_, next_ - 1
        name = f"{epoch:08x}"
        about = {"first": first, "oldest": first, "held": sent - first + 1}
        greeting = said(next_, mono_ms, epoch=name, boot=f"b{boot}", **about)
        passed.append(Round(greetings=[greeting]))
        if rows:
            passed.append(Round([batch(next_, rows, epoch=name)]))
            next_ += rows
            sent = next_ - 1

    told = [ledger.record(one, 1) for one in passed]
    told += [ledger.record(one, 1) for one in passed[-min(cut, len(passed)) :]]

    assert not any(told)


def test_a_ledger_from_a_copy_takes_nobody_for_another_card(ledger: Ledger) -> None:
    first, second = ("b1", 1), ("b2", 101)
    ledger.greet(G1, said(1, 10, begun=[first]).hello)
    # The copy ends at 100; the second boot's hello came after it, and is forgotten.
    ledger.record(Round([batch(1, 100), batch(201, 10)]), 1)
    mine = said(211, 9, boot="b2", begun=[second, first], held=210).hello
    clone = said(101, 9, boot="b3", begun=[("b3", 101), first], held=100).hello

    forked = ledger.greet(G1, clone)[1].fork
    fork = ledger.greet(G1, mine)[1].fork

    assert forked == 101
    assert fork is None
