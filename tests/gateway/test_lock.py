"""One gateway at a time on a data folder, also where the card is full."""

import subprocess
import sys
from pathlib import Path

from gateway.lock import locked

FULL = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
from gateway.lock import locked
with locked(Path(sys.argv[1])) as is_ours:
    print(is_ours)
"""


def test_the_second_on_a_folder_is_told_so(tmp_path: Path) -> None:
    with locked(tmp_path) as first, locked(tmp_path) as second:
        assert (first, second) == (True, False)


def test_a_full_card_keeps_nobody_from_locking(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    assert done.stdout == "True\n"
