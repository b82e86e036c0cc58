"""What a device's maker vouches for, and what may be said beyond it.  Pure.

A sensor that is rated to 80 % relative humidity goes on giving numbers above it.
They are readings, so they are stored; but they are suspect, and nothing may be
claimed from them: no wet leaf, no night of 95 %.
"""

from rules.quality.spans import Span
from telemetry.reading import Flag


def flag(value: float, rated: Span | None) -> Flag:
    """Suspect outside the rated span; not evaluated where none is known.

    >>> flag(91.0, Span(0, 80)).name
    'SUSPECT'
    """
    if rated is None:
        return Flag.UNCHECKED
    return Flag.GOOD if rated.holds(value) else Flag.SUSPECT


def vouches(rated: Span | None, claim: float) -> bool:
    """Whether a claim at ``claim`` may rest on the device; a span unknown is a no.

    >>> vouches(Span(0, 80), 95.0), vouches(Span(0, 100), 95.0), vouches(None, 95.0)
    (False, True, False)
    """
    return rated is not None and rated.holds(claim)
