"""F16: each flush takes five seconds."""

import time

from tests import parts, programs
from tests.faults.running import FLUSHES, calls, running

FLUSH_S = 5
SLOW_S = 18.0  # three commits of that card


def test_a_card_that_flushes_for_five_seconds_holds_no_poll_up(
    tmp_path, monkeypatch, record_property
):
    with running(tmp_path, monkeypatch) as run:
        before_mib = run.gateway.memory_mib()
        with calls(run.gateway.pid, FLUSHES, f"delay_exit={FLUSH_S * 1_000_000}"):
            stored = programs.status(tmp_path)["stored_rows"]
            time.sleep(SLOW_S)
            kept = programs.status(tmp_path)["stored_rows"] - stored
        parts.wait_until(lambda: programs.status(tmp_path)["stored_rows"] > stored)
        more_mib = run.gateway.memory_mib() - before_mib
        code = run.gateway.stop()

    gaps, (usual, worst) = run.gaps(), run.period_errors()
    record_property(
        "figure",
        f"{kept} rows stored meanwhile, {gaps} polls lost, period off by {usual:.0%},"
        f" watchdog fed every {run.watchdog.longest_s:.1f} s at worst,"
        f" +{more_mib:.1f} MiB",
    )
    assert code == 0
    assert kept > 0
    assert gaps == 0
    assert usual <= 0.10
    assert worst < 0.5  # not one poll was skipped
    assert run.watchdog.longest_s < 5
    assert more_mib < 20
