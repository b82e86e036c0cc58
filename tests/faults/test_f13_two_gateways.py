"""Two gateways on one folder: the second leaves at once and touches nothing."""

import hashlib
import subprocess
import sys

from tests import parts
from tests.programs import HOUSE, gateway, gateway_config, simulator, status

EX_TEMPFAIL = 75  # sysexits.h


def test_the_second_gateway_leaves_and_the_file_stays_as_it_was(
    tmp_path, record_property
):
    gateway_config(tmp_path, parts.free_port(), commit_s=3600)
    with simulator(tmp_path), gateway(tmp_path) as first:
        parts.wait_until(lambda: status(tmp_path).get("devices"), 20)
        files = sorted((tmp_path / "data").glob("buffer.db*"))
        before = {part: digest(part) for part in files}
        second = subprocess.run(
            [sys.executable, "-m", "gateway.main", "run", "-c",
             tmp_path / "gateway.toml"],
            cwd=HOUSE, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        after = {part: digest(part) for part in files}
        is_alive = first.exit_code is None

    assert second.returncode == EX_TEMPFAIL
    assert "another canhdong already runs" in second.stderr
    assert "Traceback" not in second.stderr
    assert after == before
    assert is_alive
    record_property("figure", f"exit {second.returncode}, {len(files)} files unchanged")


def digest(part):
    return hashlib.sha256(part.read_bytes()).hexdigest()
