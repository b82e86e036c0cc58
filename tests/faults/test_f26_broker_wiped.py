"""The broker is killed and comes back without anything that it knew."""

from tests import parts
from tests.faults.network.rig import OPEN_DOOR, rig


def test_a_broker_that_comes_back_empty_costs_nothing(tmp_path, record_property):
    home = tmp_path / "broker"
    home.mkdir(mode=0o777)
    tmp_path.chmod(0o755)
    keeps = f"{OPEN_DOOR}persistence true\npersistence_location {home}/\n"
    with rig(tmp_path, mosquitto=keeps) as it, it.ingest, it.gateway:
        it.flows()
        it.ingest.kill()  # what comes now lies in the broker alone, confirmed by it
        it.grows(64)
        it.broker.kill()
        for file in home.iterdir():
            file.unlink()
        it.grows(32)
        it.broker.start()
        it.ingest.start()
        parts.wait_until(lambda: it.status.get("link") == "up", 60)
        it.flows()
        kept = it.settled()

    assert kept.is_whole
    record_property("figure", str(kept))
