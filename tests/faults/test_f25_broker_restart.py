"""The broker is stopped and started again while batches are under way."""

import random
import time

import pytest

from tests.faults.network.rig import rig
from tests.tap import Tap

ROUNDS, FULL_ROUNDS = 20, 100
SOON = "send_every_s = 0.2\nresend_after_s = 1"


@pytest.mark.timeout(900)  # a short connection is tried again within 4 s
def test_a_broker_that_is_restarted_in_mid_batch_costs_nothing(
    tmp_path, is_full, record_property
):
    rounds, draw = FULL_ROUNDS if is_full else ROUNDS, random.Random(25)
    with rig(tmp_path, uplink=SOON, every_s=0.25) as it, it.ingest, it.gateway:
        with Tap(it.broker.port) as tap:
            it.flows()
            for _ in range(rounds):
                crossed = len(tap.batches)
                it.gateway.says("connected to")
                _until(lambda crossed=crossed: len(tap.batches) > crossed)
                time.sleep(draw.uniform(0, 0.3))
                it.broker.stop()
                it.broker.start()
            it.flows()
            kept = it.settled()

        assert kept.is_whole
        assert tap.faults == []
        record_property(
            "figure", f"{rounds} restarts: {kept}, {tap.again} rows sent again"
        )


def _until(holds, within_s: float = 60.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "no batch crosses any more"
        time.sleep(0.02)
