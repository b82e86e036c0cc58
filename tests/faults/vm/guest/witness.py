"""Says aloud what the daemon counts as stored: the highest number, as it grows."""

import json
import sys
import time
from pathlib import Path

status = Path(sys.argv[1])
base = int(Path("/run/base").read_text())  # highest number before this boot
told = 0
while True:
    time.sleep(0.1)
    if not status.exists():
        continue
    stored = base + json.loads(status.read_bytes())["stored_rows"]
    if stored > max(told, base):
        told = stored
        uptime = Path("/proc/uptime").read_text().split()[0]
        print(f"STORED {told} at {uptime} s", flush=True)
