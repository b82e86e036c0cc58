"""Quarantine: what is kept of it, and what becomes of a line that is stored late."""

import pytest

from province import quarantine
from province.ledger import Ledger
from province.records import Quarantined, Round
from telemetry.topics import Identity
from tests.province.gateway import EPOCH, G1
from tests.province.test_ledger import batch, lacking

OTHER = Identity("htx-moduc", "g2")


def line(number: int, identity: Identity = G1) -> Quarantined:
    return Quarantined(identity, "line", b"x %d\n" % number, "bad", EPOCH, number)


def counts(ledger: Ledger, identity: Identity = G1) -> dict[str, tuple[int, int]]:
    with ledger.reading() as connection:
        return quarantine.counts(connection, identity)


def test_the_newest_rows_stay_and_the_others_are_counted(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 100
    monkeypatch.setattr(quarantine, "MAX_ROWS", limit)
    monkeypatch.setattr(quarantine, "SLACK_ROWS", 2)
    ledger.record(Round(quarantined=[line(n) for n in range(1, limit + 1)]), 1)
    ledger.record(Round(quarantined=[line(7, OTHER)]), 1)
    body = Quarantined(G1, "body", b"junk", "no zlib")
    ledger.record(Round(quarantined=[line(limit + 1), body]), 2)

    kept = [one for _, one in ledger.quarantine(G1)]

    assert counts(ledger) == {"line": (limit - 1, 2), "body": (1, 0)}
    assert counts(ledger, OTHER) == {"line": (1, 0), "body": (0, 0)}
    assert kept[0] == line(3)
    assert kept[-1] == body


def test_a_few_large_bodies_fill_it_too(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MAX_BYTES", 32 * 1000)
    monkeypatch.setattr(quarantine, "SLACK_BYTES", 1000)
    bodies = [
        Quarantined(G1, "body", b"%03d" % n + bytes(997), "no") for n in range(40)
    ]
    ledger.record(Round(quarantined=bodies), 1)

    assert counts(ledger)["body"] == (32, 8)


def test_a_line_that_the_store_takes_at_last_is_held_and_no_clone(
    ledger: Ledger,
) -> None:
    ledger.record(Round([lacking(1, 10, [3])], quarantined=[line(4)]), 1)

    ledger.release(ledger.quarantine(G1))

    assert ledger.held(G1, EPOCH) == [(1, 10)]
    assert ledger.quarantine(G1) == []
    # The gateway's own requeue may bring it again, in any batch.
    assert ledger.record(Round([batch(4, 1), batch(4, 1, salt=5)]), 2) == []


def test_two_requeues_at_once_take_out_what_they_have_stored_alone(
    ledger: Ledger,
) -> None:
    ledger.record(Round(quarantined=[line(1), line(2)]), 1)
    stored = ledger.quarantine(G1)
    ledger.release(stored)
    ledger.record(Round(quarantined=[line(3)]), 2)  # it gets the id of line 1

    ledger.release(stored)

    assert [one for _, one in ledger.quarantine(G1)] == [line(3)]
    assert ledger.held(G1, EPOCH) == [(1, 2)]
