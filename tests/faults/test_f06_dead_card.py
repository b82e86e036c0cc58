"""F06: every write and flush fails, for long; then the card works again."""

import time

from tests import parts, programs
from tests.faults.running import WRITES, calls, running

DEAD_S = 15.0


def test_a_dead_card_stops_neither_polls_nor_alerts_and_is_used_again(
    tmp_path, monkeypatch, record_property
):
    with running(tmp_path, monkeypatch) as run:
        pid, before_mib = run.gateway.pid, run.gateway.memory_mib()
        with calls(pid, WRITES, "error=EIO"):
            since_s = time.monotonic()
            parts.wait_until(
                lambda: any(a.rule == "storage-failing" for a in run.tap.alerts), 30
            )
            told_s = time.monotonic() - since_s
            time.sleep(max(0.0, DEAD_S - told_s))
            error = programs.status(tmp_path)["storage_error"]
        dead_s = time.monotonic() - since_s
        more_mib = run.gateway.memory_mib() - before_mib
        parts.wait_until(lambda: not programs.status(tmp_path)["storage_error"], 40)
        back_s = time.monotonic() - since_s - dead_s
        is_same = run.gateway.exit_code is None and run.gateway.pid == pid
        code = run.gateway.stop()
        alerts = [a.id for a in run.tap.alerts if a.rule == "storage-failing"]

    gaps, (usual, worst) = run.gaps(), run.period_errors()
    record_property(
        "figure",
        f"dead for {dead_s:.0f} s: alert at the broker after {told_s:.1f} s, {gaps}"
        f" polls lost, period off by {usual:.0%}, +{more_mib:.1f} MiB, back in"
        f" {back_s:.1f} s",
    )
    assert "I/O error" in error
    assert is_same
    assert code == 0
    assert gaps == 0
    assert usual <= 0.10
    assert worst < 0.5  # not one poll was skipped
    assert more_mib < 20
    assert len(set(alerts)) == 1
    assert run.watchdog.longest_s < 5
    assert "Traceback" not in run.gateway.text
