"""How long to wait after failures: full jitter under a doubling, capped bound.

Hundreds of clients that lost the same server then do not return in step.
"""

from typing import Final

CAP_S: Final = 30.0
FIRST_S: Final = 1.0


def pause_s(failures: int, draw: float, cap_s: float = CAP_S) -> float:
    """Pause after the ``failures``-th failure in a row. [s]

    ``draw`` is a random number of [0, 1).
    """
    return draw * min(cap_s, FIRST_S * 2.0 ** min(failures - 1, 10))
