"""F35: five hundred gateways return at once."""

import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from gateway.carrier import BACKOFF_FIRST_S, BACKOFF_MOST_S
from gateway.worker import Backoff
from tests import parts, programs

GATEWAYS = 500
PARTS = 4  # processes of the crowd
WITHIN_S = 120.0


def crowd(port: int) -> list[int]:
    """Let all of them come; how many of each process were acknowledged."""
    each = GATEWAYS // PARTS
    program = (sys.executable, "-m", "tests.faults.crowd", str(port))
    running = [
        subprocess.Popen(
            [*program, str(part * each), str(each)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=programs.HOUSE,
        )
        for part in range(PARTS)
    ]
    return [int(one.communicate(timeout=WITHIN_S)[0]) for one in running]


@pytest.mark.timeout(300)
def test_all_are_answered_and_acknowledged_and_ingest_stays_up(
    tmp_path: Path, broker: parts.Part, record_property
) -> None:
    store = f'kind = "sqlite"\npath = "{tmp_path}/store.db"'
    programs.province_config(tmp_path, broker.port, store)
    with programs.ingest(tmp_path) as ingest:
        ingest.says("connected")
        began_s = time.monotonic()
        done = crowd(broker.port)
        took_s = time.monotonic() - began_s
        assert ingest.exit_code is None
        memory_mib = ingest.memory_mib()
        assert ingest.stop() == 0

    assert sum(done) == GATEWAYS
    assert "Traceback" not in ingest.text
    record_property(
        "figure",
        f"{sum(done)} of {GATEWAYS} in {took_s:.0f} s; ingest {memory_mib:.0f} MiB",
    )


@pytest.mark.parametrize("outage_s", [60, 3600])
def test_the_jitter_spreads_their_return(outage_s: int, record_property) -> None:
    random.seed(35)  # repeatable
    after_s = []
    for _ in range(GATEWAYS):
        backoff, at_s = Backoff(BACKOFF_FIRST_S, BACKOFF_MOST_S), 0.0
        while at_s < outage_s:
            at_s += backoff.next_s()
        after_s.append(at_s - outage_s)

    busiest = max(Counter(int(one) for one in after_s).values())
    assert max(after_s) <= BACKOFF_MOST_S
    # Evenly over 30 s they would be 17 a second; all at once, 500.
    assert busiest <= 60
    half = statistics.median(after_s)
    record_property(
        "figure",
        f"half within {half:.0f} s, all within {max(after_s):.0f} s,"
        f" busiest second {busiest}",
    )
