"""Which words to ask a Modbus device for.  Pure.

``plan`` packs the requests of a poll in the least wire time.
"""

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from drivers.registers import ModbusModel, Register

# Wire time counted in characters.  A word is two; a request is its own 8, the 5
# of an answer around its words, and two silences of 3.5.
_WORD_CHARS: Final = 2
_REQUEST_CHARS: Final = 8 + 5 + 7


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One request: ``count`` words from ``start``."""

    start: int
    count: int


def plan(model: ModbusModel, channels: Collection[str]) -> tuple[Span, ...]:
    """Pack the requests that fetch ``channels`` in the least wire time.

    Words that a register needs together come in one answer.  A word of the
    model's table may be fetched idly; of unknown words at most ``model.hole``
    may stand between two wanted registers.

    Raises
    ------
    ValueError
        A channel is not of this model.
    """
    if unknown := set(channels) - model.channels.keys():
        msg = f"{model.name} has no channel {', '.join(sorted(unknown))}"
        raise ValueError(msg)
    wanted = sorted({r.extent for r in model.registers if r.channel in channels})
    known = {word for r in model.registers for word in range(*r.extent)}
    best: list[tuple[int, tuple[Span, ...]]] = [(0, ())]  # for the first n wanted
    for last in range(len(wanted)):
        options = []
        for first in range(last, -1, -1):
            extents = wanted[first : last + 1]
            span = _cover(extents)
            if first < last and not _may_join(model, known, extents, span):
                break
            cost, spans = best[first]
            cost += _REQUEST_CHARS + _WORD_CHARS * span.count
            options.append((cost, (*spans, span)))
        best.append(min(options))
    return best[-1][1]


def span_of(register: Register) -> Span:
    """The one request that fetches ``register``."""
    return _cover([register.extent])


def _cover(extents: list[tuple[int, int]]) -> Span:
    start = min(first for first, _ in extents)
    return Span(start, max(end for _, end in extents) - start)


def _may_join(
    model: ModbusModel, known: set[int], extents: list[tuple[int, int]], span: Span
) -> bool:
    return span.count <= model.max_registers and all(
        sum(word not in known for word in range(end, start)) <= model.hole
        for (_, end), (start, _) in itertools.pairwise(extents)
    )
