"""The servers of the tests themselves."""

from pathlib import Path

import pytest

from telemetry.mqtt import Broker, Link
from tests import parts

pytestmark = pytest.mark.real

LINE = (
    b"soil_ph,coop=c,gw=g,plot=p,sensor=s,z=-5 value=6.5,flag=1i 1795294053000000000\n"
)


def test_mosquitto_comes_back_on_its_port_after_a_kill(tmp_path: Path) -> None:
    with parts.mosquitto(tmp_path) as broker:
        broker.kill()
        broker.start()
        link = Link(
            Broker(host="127.0.0.1", port=broker.port), client_id="c", subscribe="a/+"
        )
        link.connect()

        assert link.is_up

        link.close()


def test_influxdb_keeps_what_it_has_confirmed_over_a_kill(tmp_path: Path) -> None:
    with parts.influxdb(tmp_path) as store:
        parts.create_database(store.port, "field")
        status, _ = parts.write(store.port, "field", LINE)
        store.kill()
        store.start()
        (row,) = parts.query(store.port, "SELECT value, flag FROM soil_ph", "field")

        assert status == 204
        assert (row["value"], row["flag"]) == (6.5, 1)
        assert row["time"] == 1795294053000000000


def test_victoria_metrics_gives_back_what_was_written(victoria: parts.Part) -> None:
    parts.write(victoria.port, "any", LINE)

    (series,) = parts.export(victoria.port, '{__name__="soil_ph_value",coop="c"}')

    assert series["values"] == [6.5]
    assert series["timestamps"] == [1795294053000]


def test_a_missing_program_names_its_debian_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts.shutil, "which", lambda *_, **__: None)

    with pytest.raises(parts.MissingPart, match="apt-get install mosquitto"):
        parts.mosquitto(tmp_path)
