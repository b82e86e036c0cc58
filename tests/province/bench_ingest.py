"""CPU that ingest needs for a reading: ``python tests/province/bench_ingest.py``.

Rounds of 20 batches of 500 are judged, written to a real InfluxDB 1.6.7 and
recorded in a real ledger; CPU is this process's own.  Exit code 1 over the goal.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from statistics import median

from province.answers import acks_of, record_of
from province.intake import Batch, judge, without
from province.ledger import Ledger
from province.stores.influx1 import Influx1
from telemetry import wire
from telemetry.messages import encode
from telemetry.mqtt import Incoming
from tests import parts
from tests.province.gateway import EPOCH, G1, batch_of, lines_of

BATCHES, ROWS = 20, 500
STEPS = ("judge", "write", "ledger", "answer")
GOALS_US = {"ingest": 1.5, "ledger": 0.4}  # per reading


def messages(round_: int) -> list[Incoming]:
    """A round as it comes from the broker."""
    payloads = []
    for at in range(BATCHES):
        first = (round_ * BATCHES + at) * ROWS + 1
        _, plain = batch_of(lines_of(G1, first, ROWS), first)
        payloads.append(wire.compress(plain))
    topic = G1.topic("up/z")
    return [Incoming(topic, payload, False, 1, 1) for payload in payloads]


def one_round(arrived: list[Incoming], store: Influx1, ledger: Ledger) -> list[float]:
    """CPU at the start, after judging, writing, recording and answering. [s]"""
    at = [time.process_time()]
    heard = [judge(message) for message in arrived]
    at.append(time.process_time())
    batches = [one for one in heard if isinstance(one, Batch)]
    without(batches, store.write(b"".join(batch.body for batch in batches)))
    at.append(time.process_time())
    ledger.record(record_of(heard), 1)
    at.append(time.process_time())
    for _, ack in acks_of(heard, lambda _: EPOCH):
        encode(ack)
    at.append(time.process_time())
    return at


def main() -> int:
    """Print medians over the rounds. [µs CPU per reading]"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    spent: dict[str, list[float]] = defaultdict(list)
    with (
        tempfile.TemporaryDirectory() as home,
        parts.influxdb(Path(home)) as influx,
    ):
        parts.create_database(influx.port, "bench")
        store = Influx1(url=influx.url, database="bench")
        ledger = Ledger(Path(home) / "ledger.db")
        for round_ in range(rounds):
            at = one_round(messages(round_), store, ledger)
            us = [(end - start) * 1e6 / BATCHES / ROWS for start, end in pairwise(at)]
            for name, one in zip(STEPS, us, strict=True):
                spent[name].append(one)
            spent["ingest"].append(sum(us) - us[STEPS.index("ledger")])
        store.close()
        ledger.close()
    for name, values in spent.items():
        goal = f"goal {GOALS_US[name]}" if name in GOALS_US else ""
        print(f"{name:8} {median(values):6.3f} µs CPU per reading  {goal}")
    return int(any(median(spent[name]) > goal for name, goal in GOALS_US.items()))


if __name__ == "__main__":
    sys.exit(main())
