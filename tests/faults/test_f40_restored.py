"""F40: a ledger, a database, or both of yesterday, while the gateway runs."""

import shutil
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
    """A card with 1,000 readings of yesterday and 1,500 of today, all confirmed."""
    folder = tmp_path / "a"
    cards.config(folder, site.broker.port)
    cards.fill(folder, 1000, sensor="yesterday")
    site.send(folder)
    site.ingest.stop()
    shutil.copy(site.folder / "ledger.db", site.folder / "backup.db")
    site.ingest.start()
    cards.fill(folder, 1500, sensor="today")
    site.send(folder)
    return folder


def test_a_server_of_yesterday_is_filled_again_and_told_once(
    site: Site, card: Path, record_property
) -> None:
    with programs.gateway(card) as gateway:
        gateway.says("wait for the province")
        programs.drained(card)
        site.ingest.stop()
        site.broker.kill()
        shutil.copy(site.folder / "backup.db", site.folder / "ledger.db")
        drop = "DELETE FROM soil_moisture WHERE sensor = 'today'"
        parts.query(site.influx.port, drop, site.database)
        before = site.stored
        site.broker.start()
        site.ingest.start()
        parts.wait_until(lambda: site.stored.get("today") == 1500, WITHIN_S)
        programs.drained(card)
        gateway.stop()
    site.send(card)  # another hello finds all in order

    assert before == {"yesterday": 1000}
    assert site.stored == {"yesterday": 1000, "today": 1500}
    assert site.alarms == {"ledger-behind": 1}
    assert site.ingest.text.count("ledger-behind") == 1
    record_property("figure", "1,500 of 1,500 sent again, alarm ledger-behind once")


def test_an_empty_database_beside_an_intact_ledger_is_refilled_on_demand(
    site: Site, card: Path, record_property
) -> None:
    parts.query(site.influx.port, "DROP MEASUREMENT soil_moisture", site.database)

    printed = site.command(
        *("refill", "--coop", "htx-moduc", "--gateway", "g1"),
        *("--from", "2001-01-01", "--to", "2200-01-01"),
    )
    waiting = site.command("ledger")
    with programs.gateway(card) as gateway:
        parts.wait_until(lambda: sum(site.stored.values()) == 2500, WITHIN_S)
        programs.drained(card)
        gateway.stop()

    assert "numbers come again" in printed
    assert "nạp lại · of them refill" in waiting
    assert site.stored == {"yesterday": 1000, "today": 1500}
    assert site.alarms == {}
    assert "nạp lại" not in site.command("ledger")
    record_property("figure", "2,500 of 2,500 there again after refill, no alarm")
