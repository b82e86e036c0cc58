"""Which answers a Modbus RTU device may still send.  Pure.

RTU answers carry no number, so an answer that comes late can be taken for that
to the next question.  Emptying the input does not help: the answer may not be
there yet.  The cure rests on one fact: a device answers in order, each question
at most once.  So the book is kept of the questions whose answers may be under
way, oldest first, each by its number of words.  Words are asked for only while
no answer of that length is owed; before that a *probe* of a length of its own
is asked, and its answer proves that everything older has come or is lost.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import count as count_from
from typing import Final

ANY: Final = 0  # a question of unknown length, of whoever had the port before
_MOST: Final = 100  # a device silent for so many probes owes no more than that


@dataclass(frozen=True, slots=True)
class Owed:
    """Answers that may be under way, oldest first, by their number of words."""

    lengths: tuple[int, ...] = (ANY,)

    def blocks(self, wanted: Collection[int]) -> bool:
        """Whether an answer of a ``wanted`` length could be an older question's."""
        return any(owed == ANY or owed in wanted for owed in self.lengths)

    def probe(self, wanted: Collection[int]) -> int:
        """Return the length of a question whose answer ends the blockade.

        It must not be owed from before the last of those that block: else an
        older probe's answer would prove too much.
        """
        last = max(
            at for at, owed in enumerate(self.lengths) if owed == ANY or owed in wanted
        )
        taken = {*wanted, *self.lengths[: last + 1]}
        return next(length for length in count_from(1) if length not in taken)

    def asked(self, length: int) -> "Owed":
        """A question for ``length`` words is on its way."""
        return Owed((*self.lengths[: _MOST - 1], length))

    def answered(self, length: int) -> "Owed":
        """Words came: of the oldest question of that length, if not of a later one."""
        return Owed(self.lengths[self.lengths.index(length) + 1 :])

    def refused(self) -> "Owed":
        """A refusal came, which has no length: of the oldest question at least."""
        return Owed(self.lengths[1:])
