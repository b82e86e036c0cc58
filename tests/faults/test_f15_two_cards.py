"""F15: a cloned card, and one of the past put back: nothing lost, and it is told.

Two gateways under one name have one client id, so each connection of one throws the
other out; both take turns.  Numbers that a card never sent and that the ledger holds
were given by another card: its own rows move into a new epoch.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import parts, programs
from tests.faults import cards
from tests.faults.cards import WITHIN_S, Site


@pytest.fixture
def site(tmp_path: Path, broker: parts.Part, influx: parts.Part) -> Iterator[Site]:
    one = Site(tmp_path, broker, influx)
    with one.ingest:
        one.ingest.says("connected")
        yield one


@pytest.fixture
def card(site: Site, tmp_path: Path) -> Path:
    """A card of which 1,000 readings are confirmed."""
    folder = tmp_path / "a"
    cards.config(folder, site.broker.port)
    cards.fill(folder, 1000)
    site.send(folder)
    return folder


def test_two_live_gateways_under_one_name_lose_nothing(
    site: Site, card: Path, tmp_path: Path, record_property
) -> None:
    twin = tmp_path / "b"
    cards.copy(card, twin, site.broker.port)
    cards.fill(card, 300, sensor="of-a")
    cards.fill(twin, 400, sensor="of-b")
    want = {"soil-a1": 1000, "of-a": 300, "of-b": 400}

    with programs.gateway(card), programs.gateway(twin):
        parts.wait_until(lambda: site.stored == want, WITHIN_S)
        for folder in (card, twin):
            programs.drained(folder, WITHIN_S)

    assert site.alarms
    told = ", ".join(f"{kind} {times}×" for kind, times in site.alarms.items())
    record_property("figure", f"1,700 of 1,700 stored; alarms: {told}")


def test_an_old_card_that_ran_ahead_offline_loses_nothing(
    site: Site, card: Path, tmp_path: Path, record_property
) -> None:
    old = tmp_path / "b"
    cards.copy(card, old, site.broker.port)
    cards.fill(card, 500, sensor="of-a")
    site.send(card)
    # It polls without a network until it has given more numbers than the other.
    cards.fill(old, 700, sensor="of-b")

    site.send(old, **{"of-b": 700})

    assert site.stored == {"soil-a1": 1000, "of-a": 500, "of-b": 700}
    assert cards.epoch(old) != cards.epoch(card)
    record_property("figure", "700 of 700 stored, under a new epoch")


def test_an_old_card_behind_the_ledger_is_an_alarm_and_loses_nothing(
    site: Site, card: Path, tmp_path: Path, record_property
) -> None:
    old = tmp_path / "b"
    cards.copy(card, old, site.broker.port)
    cards.fill(card, 500, sensor="of-a")
    site.send(card)
    cards.fill(old, 200, sensor="of-b")

    site.send(old, **{"of-b": 200})

    assert site.stored == {"soil-a1": 1000, "of-a": 500, "of-b": 200}
    assert site.alarms.get("old-card") == 1
    record_property("figure", "200 of 200 stored, alarm old-card once")
