"""Where simulated values come from.

A source is a pure function of sensor, quantity and field time; ``None`` is a gap.
``World.value`` is one; scripted curves stand before it here.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Source = Callable[[str, str, int], float | None]
"""Sensor, quantity, field time [ms]: value in the quantity's unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A value over time through ``points`` of (seconds, value).

    Straight lines between the points, or steps that hold until the next one;
    before the first and behind the last the value stays.  With ``repeat_s`` it
    begins again.  A value of NaN is a gap.
    """

    points: tuple[tuple[float, float], ...]
    step: bool = False
    repeat_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse points out of order."""
        times = [at for at, _ in self.points]
        if not times or times != sorted(set(times)):
            msg = "points need times that rise"
            raise ValueError(msg)

    def at(self, at_s: float) -> float | None:
        """The value at ``at_s`` seconds.

        >>> Curve(points=((0, 20.0), (60, 26.0)), repeat_s=120).at(150)
        23.0
        """
        if self.repeat_s is not None:
            at_s %= self.repeat_s
        after = bisect_right(self.points, (at_s, math.inf))
        (t0, v0) = self.points[max(0, after - 1)]
        if not self.step and 0 < after < len(self.points):
            (t1, v1) = self.points[after]
            v0 += (v1 - v0) * (at_s - t0) / (t1 - t0)
        return None if math.isnan(v0) else v0


def scripted(
    curves: Mapping[tuple[str, str], Curve], otherwise: Source, start_ms: int
) -> Source:
    """Source of ``curves``, which count from ``start_ms``, before ``otherwise``."""

    def value(sensor: str, quantity: str, at_ms: int) -> float | None:
        curve = curves.get((sensor, quantity))
        if curve is None:
            return otherwise(sensor, quantity, at_ms)
        return curve.at((at_ms - start_ms) / 1000)

    return value
