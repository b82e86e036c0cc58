"""Commits rows and marks in the block log each number that a commit has confirmed."""

import random
import subprocess
import sys
from pathlib import Path

from gateway.prove.rows import ROWS_MOST, Rows

COMMITS = 120

rows = Rows(Path(sys.argv[1]), "log")
for _ in range(COMMITS):
    confirmed = rows.commit(random.randint(1, ROWS_MOST))
    subprocess.run(["dmsetup", "message", "card", "0", f"mark {confirmed}"], check=True)
print(f"MARKED {confirmed}", flush=True)
