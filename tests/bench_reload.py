"""What edited rules cost: the looks at their folder, and one reading of it."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from gateway.config import Config, Rules
from gateway.reload import LOOK_EVERY_S, Reload, sign

T = TypeVar("T")

FILES: Final = 8  # of a site; each changes one rule
CALLS: Final = FILES + 6  # of a look, by strace: to list the folder, one for each file
LOOKS: Final = 1000
EDITS: Final = 50
OVERLAY: Final = 'version = 1\n[rules.{rule}]\nseverity = "{severity}"\n'
HOUR_S: Final = 3600.0


def told() -> str:
    """Cost of an hour's looks, of a start and of an edit, on this machine."""
    with tempfile.TemporaryDirectory(prefix="canhdong-bench-") as folder:
        return _told(Path(folder))


def _told(folder: Path) -> str:
    config = Config(
        version=1, coop="c", gateway="g", data_dir=folder, rules=Rules(folder=folder)
    )
    packs, start_s = _timed(lambda: Reload(config))
    for rule in sorted(packs.on)[:FILES]:
        _write(folder, rule, "notice")
    _, looks_s = _timed(lambda: [sign(folder) for _ in range(LOOKS)])
    reload, now_s, edits_s = Reload(config), 0.0, 0.0
    for edit in range(EDITS):
        _write(folder, sorted(reload.on)[0], ("warning", "critical")[edit % 2])
        for _ in range(8):  # seconds: a look, and one that finds it settled
            now_s += 1.0
            is_read, spent_s = _timed(lambda: reload.look(now_s) is not None)  # noqa: B023
            edits_s += spent_s if is_read else 0.0
    per_hour = HOUR_S / LOOK_EVERY_S
    return (
        f"reload   {1000 * start_s:.0f} ms at a start, {1000 * edits_s / EDITS:.0f} ms"
        f" an edit; {per_hour:.0f} looks an hour at {FILES} files,"
        f" {per_hour * CALLS:.0f} system calls,"
        f" {1000 * looks_s / LOOKS * per_hour:.0f} ms"
    )


def _write(folder: Path, rule: str, severity: str) -> None:
    text = OVERLAY.format(rule=rule, severity=severity)
    (folder / f"{rule}.toml").write_text(text, encoding="utf-8")


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.process_time()
    found = work()
    return found, time.process_time() - begun


if __name__ == "__main__":
    print(told())
