"""Flags of the International Soil Moisture Network, over whole hourly series.

Each function takes soil moisture by the hour, without holes in time, NaN where it
was not measured, and returns where its flag stands.  D01 to D03 (frost) are of no use
here; D05 is D04 with the rain of a model.  D10 marks a plateau of saturation as a
fault: in flooded rice it is the truth, so it must be told where the field is flooded.

References
----------
.. [1] W. A. Dorigo et al., "Global Automated Quality Control of In Situ Soil Moisture
   Data from the International Soil Moisture Network", Vadose Zone Journal 12(3), 2013,
   doi:10.2136/vzj2012.0097; equation numbers are its.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from rules.quality import plateaus
from rules.quality.rise import DAY, least_water_mm
from rules.quality.smooth import Floats, Marks, ago, first, hourly, rolling, second

LOWEST: Final = 0.0  # %; C01
HIGHEST: Final = 60.0  # %; C02


def soil_moisture(
    values: ArrayLike,
    *,
    saturation: float | None = None,
    water_mm: ArrayLike | None = None,
    depth_m: float = 0.05,
    flooded: ArrayLike | bool = False,
) -> Mapping[str, Marks]:
    """Every flag that what is known allows.

    Parameters
    ----------
    values : array
        Volumetric soil moisture of each hour; NaN: not measured. [%]
    saturation : float, optional
        Highest content of the soil; without it there is no C03. [%]
    water_mm : array, optional
        Rain and irrigation of each hour [mm]; without it there is no D04.
    depth_m : float
        Depth of the probe. [m]
    flooded : bool or array of bool
        Where the field stands under water: no D10 there.

    Returns
    -------
    mapping of str to array of bool
        By the network's name of the flag.
    """
    x = hourly(values)
    found = {"C01": x < LOWEST, "C02": x > HIGHEST}
    if saturation is not None:
        if not 1 < saturation <= 100:
            msg = f"saturation is {saturation} %; it must be above 1, up to 100"
            raise ValueError(msg)
        found["C03"] = x > saturation
    if water_mm is not None:
        found["D04"] = rise_without_water(x, water_mm, depth_m)
    found["D06"] = spikes(x)
    found["D07"], found["D08"] = breaks(x)
    found["D09"] = plateaus.low(x, found["D07"])
    found["D10"] = plateaus.high(x) & ~np.broadcast_to(
        np.asarray(flooded, dtype=bool), x.shape
    )
    return found


def rise_without_water(
    values: ArrayLike, water_mm: ArrayLike, depth_m: float = 0.05
) -> Marks:
    """D04: moisture that rose over an hour and over a day, and nobody gave water.

    A rise over 24 h of more than two standard deviations of the 25 h, with less water
    in the last 24 h than wets the probe's depth: ``rise.least_water_mm``.
    ``rise.Rise`` gives the same, hour by hour.

    Examples
    --------
    >>> moisture = [20.0] * 24 + [26.0]
    >>> rise_without_water(moisture, [0.0] * 25).tolist()[-1]
    True
    >>> rise_without_water(moisture, [0.0] * 23 + [12.0, 0.0]).tolist()[-1]
    False
    """
    x, water = hourly(values), np.asarray(water_mm, dtype=float)
    found = np.zeros(len(x), dtype=bool)
    if water.shape != x.shape:
        msg = f"{len(x)} hours of moisture, {water.size} of water: give one for each"
        raise ValueError(msg)
    least_mm = least_water_mm(depth_m)
    if least_mm is None or len(x) <= DAY:
        return found
    rise_1h, rise_24h = x[DAY:] - x[DAY - 1 : -1], x[DAY:] - x[:-DAY]
    limit = 2 * _deviation(x)
    fell = np.round(np.sum(rolling(water, DAY), axis=1), 1)[1:]
    found[DAY:] = (
        (rise_1h > 0)
        & (rise_24h > limit)
        & ~np.isclose(rise_24h, limit)
        & (fell < least_mm)
    )
    return found


def _deviation(x: Floats) -> Floats:
    """Standard deviation of each 25 h, of the hours that were measured."""
    windows = rolling(x, DAY + 1)
    known = np.isfinite(windows)
    n = known.sum(axis=1)
    filled = np.where(known, windows, 0.0)
    mean = filled.sum(axis=1) / np.maximum(n, 1)
    squares = np.where(known, (windows - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return np.where(n > 1, np.sqrt(squares / np.maximum(n - 1, 1)), np.nan)


@np.errstate(all="ignore")
def spikes(values: ArrayLike) -> Marks:
    """D06: a lone value, or two equal ones, off by 15 % and back (eq. 4-6).

    >>> spikes([20.0] * 13 + [30.0] + [20.0] * 13).nonzero()[0].tolist()
    [13]
    """
    x = hourly(values)
    ratio = np.round(x / ago(x, 1), 3)  # eq. 4
    bend = second(x)
    around = np.round(np.abs(ago(bend, 1) / ago(bend, -1)), 3)  # eq. 5
    relative = _variance_around(x)  # eq. 6
    before, after, later = ago(x, 1), ago(x, -1), ago(x, -2)
    up, down = (before < x) & (x > after), (before > x) & (x < after)
    pair = (x == after) & (
        ((before < x) & (after > later)) | ((before > x) & (after < later))
    )
    second_of_pair = np.concatenate(([False], pair[:-1]))
    beyond = (ratio > 1.15) | (ratio < 0.85)
    found: Marks = (
        (beyond | second_of_pair)
        & ((around > 0.8) & (around < 1.2))
        & (relative < 1)
        & (up | down | pair)
    )
    return found | (np.concatenate(([False], found[:-1])) & second_of_pair)


def _variance_around(x: Floats) -> Floats:
    """Variance of the 24 h around each hour, over their mean; NaN with a gap."""
    found = np.full(len(x), np.nan)
    if len(x) <= DAY:
        return found
    half = DAY // 2
    others = np.delete(rolling(x, DAY + 1), half, axis=1)
    found[half:-half] = np.abs(others.var(axis=1, ddof=1)) / others.mean(axis=1)
    return found


@np.errstate(all="ignore")
def breaks(values: ArrayLike) -> tuple[Marks, Marks]:
    """D07 and D08: drops, and jumps, that stay (eq. 7-9); a drop to 0 is one too.

    >>> drops, jumps = breaks([20.0] * 14 + [9.0] * 14)
    >>> drops.nonzero()[0].tolist(), jumps.any()
    ([14], np.False_)
    """
    x = hourly(values)
    change = x - ago(x, 1)
    slope, bend = first(x), second(x)
    usual = np.abs(_mean_around(slope) * 10)  # eq. 8
    turn = np.round(np.abs(ago(bend, 1) / bend), 1)  # eq. 9
    settled = np.abs(bend / ago(bend, -2))
    broken = (
        (np.abs(change / x) > 0.1)  # eq. 7
        & (np.abs(change) > 1)
        & (x != 0)
        & (np.abs(slope) > usual)
        & ~np.isclose(np.abs(slope), usual)
        & np.isclose(turn, 1, atol=1e-2)
        & (bend != 0)
        & (settled > 10)
    )
    to_zero = (np.abs(change) > 5) & (x == 0)
    return (broken & (slope < 0)) | to_zero, broken & (slope > 0)


def _mean_around(x: Floats) -> Floats:
    """Mean of the 25 h around each, of at least four that are known."""
    half = DAY // 2
    padded = np.pad(x, half, constant_values=np.nan)
    windows = rolling(padded, DAY + 1)
    n = np.isfinite(windows).sum(axis=1)
    total = np.nansum(windows, axis=1)
    return np.where(n >= 4, total / np.maximum(n, 1), np.nan)
