"""How much of this machine's time its host gave to others: benches must say so."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STEAL = 7  # field of the first line of /proc/stat, man 5 proc


@contextmanager
def stolen() -> Iterator[None]:
    """Print what share of processor time was stolen while the context lasted."""
    before = _ticks()
    yield
    spent = [after - then for after, then in zip(_ticks(), before, strict=True)]
    share = spent[_STEAL] / max(1, sum(spent))
    print(f"host         took {share:.1%} of the processors' time for others")


def _ticks() -> list[int]:
    line = Path("/proc/stat").read_text().splitlines()[0]
    return [int(word) for word in line.split()[1:9]]
