"""What a store must do, and how it fails."""

from dataclasses import dataclass
from typing import Protocol

from province.stores.bounded import Meanwhile, nothing
from province.summary import Question, Summary
from province.tally import Scope, Seen, Tally
from telemetry.ranges import Range
from telemetry.series import Series


class StoreDown(OSError):
    """The store cannot say that it has stored: weather, to be tried again.

    ``retry_after_s`` is what the store asked for, if it did. [s]
    """

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that the store will never take.  ``line`` counts from 0."""

    line: int
    why: str


class Store(Protocol):
    """Readings in line protocol go in, summaries come out."""

    def write(self, body: bytes, meanwhile: Meanwhile = nothing) -> list[Rejected]:
        """Store every line of ``body``; each line ends in LF.

        ``meanwhile`` is asked while the store is waited for.  When this returns, the
        lines that it does not name are durably stored.  Writing the same lines again
        changes nothing.

        Raises
        ------
        StoreDown
            The store cannot say; any of the lines may be stored.
        """

    def summary(self, question: Question) -> Summary | None:
        """Answer a question; ``None`` where nothing is stored.

        Raises
        ------
        StoreDown
            The store does not answer.
        Mixed
            The answer would mix sensors of a counter or stages of a pest.
        """

    def series(self, scope: Scope) -> list[Seen]:
        """Every series with rows in ``scope``, readings or thinned windows."""

    def counts(self, scope: Scope, bucket_ns: int, at_ns: int) -> list[Tally]:
        """Rows of every series in each bucket of time that has any.

        Buckets are whole seconds long; one of them begins at ``at_ns``, and the
        first and last reach beyond ``scope`` if it does not begin and end with one.
        """

    def runs(self, scope: Scope, apart_ns: int) -> dict[Series, list[Range]]:
        """Stretches in which no value is ``apart_ns`` or more behind the one before.

        Each is (stamp of the first value, of the last); a thinned window begins
        its span before its stamp, within ``scope``.  Only flags 1 and 2 are values.
        """

    def close(self) -> None:
        """Let go of connection or file."""
