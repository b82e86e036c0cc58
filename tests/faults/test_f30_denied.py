"""The broker's access rules forget the gateway."""

import os
import signal
import sqlite3
from contextlib import closing

from tests import parts
from tests.faults.network.rig import OPEN_DOOR, rig

ALL = "topic readwrite #\n"
NO_READINGS = (
    "topic read canhdong/#\n"
    "topic write canhdong/v1/+/+/up/hello\ntopic write canhdong/v1/+/+/up/alert\n"
    "topic write canhdong/v1/+/+/up/state\ntopic write canhdong/v1/+/+/up/link\n"
    "topic write canhdong/v1/+/+/up/meta\ntopic write canhdong/v1/+/+/down/+\n"
)


def test_a_denied_gateway_says_so_and_keeps_its_rows(tmp_path, record_property):
    rules = tmp_path / "acl"
    rules.write_text(ALL)
    tmp_path.chmod(0o755)
    with (
        rig(tmp_path, mosquitto=f"{OPEN_DOOR}acl_file {rules}\n") as it,
        it.ingest,
        it.gateway,
    ):
        it.flows()
        rules.write_text(NO_READINGS)
        os.kill(it.broker.pid, signal.SIGHUP)
        parts.wait_until(lambda: it.status.get("link") == "denied", 40)
        why = it.status["link_error"]
        parts.wait_until(lambda: not it.status["alerts"], 40)  # it has gone up
        it.grows(64)
        waiting = it.status["waiting"]
        rules.write_text(ALL)
        os.kill(it.broker.pid, signal.SIGHUP)
        parts.wait_until(lambda: it.status.get("link") == "up", 60)
        kept = it.settled()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as db:
        alarms = b"".join(body for (body,) in db.execute("SELECT body FROM alert"))

    assert "Not authorized" in why
    assert "canhdong/v1/htx-moduc/g1/up/z" in why
    assert waiting >= 64
    assert b"uplink-denied" in alarms
    assert kept.is_whole
    record_property("figure", f"DENIED told, {waiting} rows waited: {kept}")
