"""F29: InfluxDB 1.6.7 refuses some points for their type; the others are stored."""

from pathlib import Path

from gateway.reader import Reader
from telemetry import ranges
from tests import parts
from tests.faults import cards


def test_refused_points_go_aside_and_their_neighbours_are_stored(
    tmp_path: Path, broker: parts.Part, influx: parts.Part, record_property
) -> None:
    site = cards.Site(tmp_path, broker, influx)
    card = tmp_path / "a"
    cards.config(card, broker.port)
    cards.fill(card, 700)
    with site.ingest as ingest:
        ingest.says("connected")
        site.send(card)
        # Somebody makes the field an integer by hand, in the shard of that week.
        (row,) = parts.query(
            influx.port, "SELECT last(value) FROM soil_moisture", site.database
        )
        integer = f"soil_ph value=6i {row['time']}"
        parts.write(influx.port, site.database, integer.encode())
        first = cards.fill(card, 7, quantity="soil_ph") - 6
        last = cards.fill(card, 700)
        site.send(card)
        left = site.rows("SELECT reason, epoch, number FROM quarantine ORDER BY number")
        reader = Reader(card / "data" / "buffer.db")
        aside = reader.ledger().quarantined
        reader.close()
        parts.query(influx.port, "DROP MEASUREMENT soil_ph", site.database)
        printed = site.command("requeue")

    assert site.stored == {"soil-a1": 1400}
    assert [number for _, _, number in left] == list(range(first, first + 7))
    assert all("field type conflict" in str(why) for why, _, _ in left)
    assert aside == [(first, first + 6)]
    assert "7 lines are stored, 0 stay" in printed
    held = [
        (int(str(a)), int(str(b))) for a, b in site.rows("SELECT first, last FROM held")
    ]
    assert ranges.intersect(held, [(1, last)]) == [(1, last)]
    assert site.alarms == {}
    assert "Traceback" not in ingest.text + (card / "gateway.log").read_text()
    record_property("figure", "1,400 stored, 7 aside at both ends, then requeued")
