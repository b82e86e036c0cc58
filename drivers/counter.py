"""Totals from counters that wrap and restart."""

from typing import Final

_TOP: Final = 3 / 4  # of the width: a wrap falls from above this …
_BOTTOM: Final = 1 / 4  # … to below this; half a width may pass unseen
_DIGITS: Final = 6  # a counter of millimetres has 2, and sums must not drift


def advance(
    last_raw: float | None, total: float | None, raw: float, bits: int | None
) -> float:
    """Total after a counter of ``bits`` width has shown ``raw``.

    A fall from the top quarter of the width into the bottom quarter is a wrap;
    any other fall, and any fall without a declared width, is a restart from
    zero, which may hide counts but invents none.  At first sight the total is
    what the counter shows.

    >>> advance(65530, 1065530, 4, 16)
    1065540
    >>> advance(40000, 1040000, 4, 16)
    1040004
    """
    if last_raw is None or total is None:
        return raw
    gain = raw - last_raw
    if gain < 0:
        gain = raw
        if bits is not None:
            width = 1 << bits
            if width * _TOP <= last_raw < width and raw < width * _BOTTOM:
                gain = raw - last_raw + width
    return round(total + gain, _DIGITS)
