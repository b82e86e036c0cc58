"""F05: one flush fails; the cycle is kept, the file opened anew, all of it stored."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
LAST = 50  # which flush fails: each from the first to this one
AT = 60


@pytest.mark.timeout(120)
def test_whichever_flush_fails_nothing_is_lost_nor_stored_twice(
    tmp_path, record_property
):
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    inject = ["-e", "trace=fdatasync", "-e", f"inject=fdatasync:error=EIO:when={AT}"]
    module = ["-m", "tests.faults.flush_errors", str(tmp_path), str(LAST), str(AT)]

    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", *inject, sys.executable, *module],
        capture_output=True, text=True, cwd=HOUSE, timeout=100, check=True,
    )  # fmt: skip

    runs = [json.loads(line) for line in done.stdout.splitlines()]
    met = sum(bool(run["faults"]) for run in runs)
    whole = sum(run["is_whole"] for run in runs)
    record_property("figure", f"{whole} of {LAST} whole; {met} met the error")
    assert len(runs) == LAST
    assert [run["n"] for run in runs if not run["is_whole"]] == []
    assert [run["n"] for run in runs if not run["is_same_epoch"]] == []
    assert sum(run["lost"] for run in runs) == 0
    assert [run["n"] for run in runs if not run["is_wal"]] == []
    assert met > LAST / 2  # others meet a checkpoint or a folder, which can wait
