"""How a buffer's files are called, and those of one that was put aside."""

import re
from pathlib import Path
from typing import Final

SIDE_FILES: Final = ("", "-wal", "-shm")
_NAME: Final = re.compile(r"\.corrupt-([0-9]{1,9})\.db$")


def asides(path: Path) -> list[Path]:
    """The files put aside beside the buffer at ``path``, the oldest first."""
    found = (p for p in path.parent.glob(f"{path.stem}.corrupt-*.db*"))
    numbered = {_name(p): number(_name(p)) for p in found}
    return sorted((p for p, n in numbered.items() if n), key=lambda p: (numbered[p], p))


def _name(part: Path) -> Path:
    """The file's own name, of one that belongs to it."""
    for suffix in SIDE_FILES:
        if suffix and part.name.endswith(suffix):
            return part.with_name(part.name.removesuffix(suffix))
    return part


def number(path: Path) -> int:
    """N of ``*.corrupt-N.db``, 0 for another name."""
    found = _NAME.search(path.name)
    return int(found[1]) if found else 0
