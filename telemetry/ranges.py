"""Sets of whole numbers as sorted, disjoint, inclusive ranges.

Sequence numbers are held, open or missing in long runs, so both ends count in
ranges ``(first, last)``.  Every function is pure; what it returns is sorted,
and neighbours are joined.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter

Range = tuple[int, int]


def union(ranges: Iterable[Range]) -> list[Range]:
    """Join any ranges, overlapping or not.

    >>> union([(5, 6), (1, 2), (3, 4), (9, 9)])
    [(1, 6), (9, 9)]
    """
    joined: list[Range] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            if last > joined[-1][1]:
                joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def subtract(whole: Iterable[Range], taken: Iterable[Range]) -> list[Range]:
    """Return what of ``whole`` is in no range of ``taken``.

    >>> subtract([(1, 10)], [(3, 4), (8, 12)])
    [(1, 2), (5, 7)]
    """
    left: list[Range] = []
    cuts = union(taken)
    at = 0
    for start, last in union(whole):
        first = start
        while at < len(cuts) and cuts[at][1] < first:
            at += 1
        k = at
        while k < len(cuts) and cuts[k][0] <= last:
            if cuts[k][0] > first:
                left.append((first, cuts[k][0] - 1))
            first = cuts[k][1] + 1
            k += 1
        if first <= last:
            left.append((first, last))
    return left


def intersect(left: Iterable[Range], right: Iterable[Range]) -> list[Range]:
    """Return what is in both.

    >>> intersect([(1, 5), (8, 9)], [(4, 8)])
    [(4, 5), (8, 8)]
    """
    left = union(left)
    return subtract(left, subtract(left, right))


def joined(ranges: Sequence[Range], span: Range) -> list[Range]:
    """Sorted, disjoint ``ranges`` and one more: only its neighbours are looked at.

    >>> joined([(1, 2), (5, 6), (9, 9)], (3, 5))
    [(1, 6), (9, 9)]
    """
    first, last = span
    begin = bisect_left(ranges, first - 1, key=itemgetter(1))
    end = bisect_right(ranges, last + 1, lo=begin, key=itemgetter(0))
    return [*ranges[:begin], *union([*ranges[begin:end], span]), *ranges[end:]]


def without(ranges: Sequence[Range], span: Range) -> list[Range]:
    """Sorted, disjoint ``ranges`` but for one: only its neighbours are looked at.

    >>> without([(1, 2), (5, 6), (9, 9)], (2, 5))
    [(1, 1), (6, 6), (9, 9)]
    """
    first, last = span
    begin = bisect_left(ranges, first, key=itemgetter(1))
    end = bisect_right(ranges, last, lo=begin, key=itemgetter(0))
    return [*ranges[:begin], *subtract(ranges[begin:end], [span]), *ranges[end:]]


def total(ranges: Iterable[Range]) -> int:
    """How many numbers the disjoint ``ranges`` hold."""
    return sum(last - first + 1 for first, last in ranges)
