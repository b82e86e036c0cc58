"""Hours of one series in memory, packed: some 100 bytes an hour."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Final

from gateway.hours import Tally

WIDTH: Final = 1 + len(Tally._fields)  # the hour, then its tally
_WHOLE: Final = tuple(
    at for at, kind in enumerate(Tally.__annotations__.values()) if kind is int
)  # fields that are whole numbers; below 2**53 a float keeps them exactly


class Shelf:
    """Tallies by boot and hour; the oldest beyond ``most`` fall off."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: dict[int, array[float]] = {}
        self._len = 0

    def __len__(self) -> int:
        """How many hours are kept."""
        return self._len

    @property
    def boots(self) -> list[int]:
        """The boots that have hours, oldest first."""
        return sorted(self._rows)

    def put(self, boot: int, hour: int, tally: Tally) -> None:
        """Keep ``tally``, in the place of an earlier one of that hour."""
        rows = self._rows.get(boot)
        if rows is None:
            rows = self._rows[boot] = array("d")
        at = self._at(rows, hour)
        if self._is_at(rows, at, hour):
            rows[at : at + WIDTH] = array("d", (hour, *tally))
            return
        if at == len(rows):
            rows.extend((hour, *tally))
        else:
            rows[at:at] = array("d", (hour, *tally))
        self._len += 1
        if self._len > self._most:
            self._drop_oldest()

    def get(self, boot: int, hour: int) -> Tally | None:
        """The tally of that hour."""
        rows = self._rows.get(boot)
        if rows is None:
            return None
        at = self._at(rows, hour)
        return _tally(rows, at) if self._is_at(rows, at, hour) else None

    def end_ms(self, boot: int) -> int:
        """Field time of the newest poll of ``boot``. [ms]"""
        rows = self._rows[boot]
        return _tally(rows, len(rows) - WIDTH).poll_ms

    def within(
        self, boot: int, begin_ms: Callable[[int], int], since_ms: int, until_ms: int
    ) -> Iterator[tuple[int, Tally]]:
        """Begin and tally of the hours of ``boot`` that begin within [since, until).

        ``begin_ms`` gives the begin of an hour, which grows with the hour.
        """
        rows = self._rows[boot]
        if begin_ms(int(rows[-WIDTH])) < since_ms:
            return
        first = bisect_left(
            range(0, len(rows), WIDTH), since_ms, key=lambda at: begin_ms(int(rows[at]))
        )
        for at in range(first * WIDTH, len(rows), WIDTH):
            begin = begin_ms(int(rows[at]))
            if begin >= until_ms:
                return
            yield begin, _tally(rows, at)

    def _at(self, rows: "array[float]", hour: int) -> int:
        """Where the hour stands or would stand; mostly it is the last or the next."""
        if not rows or hour > rows[-WIDTH]:
            return len(rows)
        hours = range(0, len(rows), WIDTH)
        return bisect_left(hours, hour, key=lambda at: int(rows[at])) * WIDTH

    @staticmethod
    def _is_at(rows: "array[float]", at: int, hour: int) -> bool:
        return at < len(rows) and rows[at] == hour

    def _drop_oldest(self) -> None:
        oldest = min(self._rows)
        del self._rows[oldest][:WIDTH]
        self._len -= 1
        if not self._rows[oldest]:
            del self._rows[oldest]


def _tally(rows: "array[float]", at: int) -> Tally:
    fields: list[float] = rows[at + 1 : at + WIDTH].tolist()
    for whole in _WHOLE:
        fields[whole] = int(fields[whole])
    return Tally._make(fields)
