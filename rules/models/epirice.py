"""EPIRICE: how far four rice diseases could spread in a season of weather.

A day-by-day account of crop sites, healthy, latent, infectious and removed, for a
susceptible variety with the disease present and nothing sprayed.  It ranks seasons
and fields; its intensity is no forecast of a percentage and is shown to no farmer.
At 26 to 28 °C its leaf blast stays very low.  The bare sum of f(T) × wet over the
three weeks before a survey told ill fields of bacterial blight from well ones no
better than chance (``tests/rules/test_taiwan_blight.py``): no alert is built on it.

References
----------
.. [1] S. Savary, A. Nelson, L. Willocquet, I. Pangga, J. Aunario, "Modeling and
   mapping potential epidemics of rice diseases globally", Crop Protection 34:6-17,
   2012.
.. [2] epicrop, the authors' later implementation, github.com/adamhsparks/epicrop
   @2a83e14: what the paper leaves open is as there, see ``epidemic``.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rules.models.epirice_diseases import Curve, Disease
from rules.models.humidity import HUMIDITY
from rules.models.kinds import Floats, Numeric, checked, floats, like

WET_RH: Final = 90.0  # % mean of a day; wet from here on [2]
WET_RAIN_MM: Final = 5.0  # mm of a day; wet from here on, however dry the air [2]
LAST_DAY: Final = 120  # d after emergence; the tables of age end [1]
FIRST_SITES: Final = 1.0  # infective sites, placed on the day of onset [2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Epidemic:
    """Sites of each day, first axis from the day of emergence on."""

    healthy: Floats
    latent: Floats
    infectious: Floats
    removed: Floats

    @property
    def diseased(self) -> Floats:
        """All sites that were ever infected."""
        return self.latent + self.infectious + self.removed

    @property
    def intensity(self) -> Floats:
        """Share of the living sites that is infected, 0 to 1."""
        ill = self.latent + self.infectious
        living = ill + self.healthy
        return np.divide(ill, living, out=np.zeros_like(ill), where=living > 0)

    @property
    def audpc(self) -> Any:
        """Area under the intensity by trapezium, of each series. [d]"""
        each = self.intensity
        return like(each[0], (each[1:] + each[:-1]).sum(axis=0) / 2)


def wet_day(relative_humidity: Numeric, rain: Any) -> Numeric:
    """Whether a day is wet, 1 or 0: 90 % in the mean, or 5 mm [2]_.

    Parameters
    ----------
    relative_humidity, rain : floats or arrays
        Daily mean [%] and daily sum [mm].

    Examples
    --------
    >>> wet_day(89.9, 5.0), wet_day(90.0, 0.0), wet_day(89.9, 4.9)
    (1.0, 1.0, 0.0)
    """
    RH = checked("relative humidity", relative_humidity, *HUMIDITY)
    wet = (RH >= WET_RH) | (checked("rain", rain, 0) >= WET_RAIN_MM)
    result: Numeric = like(wet, wet)
    return result


def temperature_response(disease: Disease, temperature: Numeric) -> Numeric:
    """Share of the optimum rate at a daily mean temperature, 0 outside the table.

    Parameters
    ----------
    disease : Disease
        One of ``epirice_diseases.DISEASES``.
    temperature : float or array, any shape
        Daily mean. [°C]

    Examples
    --------
    >>> from rules.models.epirice_diseases import LEAF_BLAST
    >>> temperature_response(LEAF_BLAST, 22.5), temperature_response(LEAF_BLAST, 46)
    (0.8, 0.0)
    """
    T = checked("temperature", temperature, -60, 60)
    result: Numeric = _by(disease.by_temperature, T)
    return result


def age_response(disease: Disease, age_d: Numeric) -> Numeric:
    """Share of the optimum rate at an age of the crop, after emergence. [d]

    >>> from rules.models.epirice_diseases import SHEATH_BLIGHT
    >>> age_response(SHEATH_BLIGHT, 65.0), age_response(SHEATH_BLIGHT, 121.0)
    (0.86, 0.0)
    """
    result: Numeric = _by(disease.by_age, checked("age", age_d, 0))
    return result


def _by(curve: Curve, x: Floats) -> Any:
    xs, ys = zip(*curve, strict=True)
    return like(x, np.interp(x, xs, ys, left=0.0, right=0.0))


def epidemic(
    disease: Disease, temperature: Any, relative_humidity: Any, rain: Any
) -> Epidemic:
    """Sites of every day of a season, from the day of emergence on.

    Parameters
    ----------
    disease : Disease
        One of ``epirice_diseases.DISEASES``.
    temperature, relative_humidity, rain : arrays of one shape, days first
        Daily means [°C], [%] and daily sum [mm], without a gap, 2 to 121 days;
        further axes are fields or seasons side by side.

    Notes
    -----
    Rc = RcOpt × f(age) × f(T) × wet; new infections are infectious × Rc × (healthy /
    all sites)^a.  As in epicrop [2]_: a site is latent for p + 1 and infectious for
    i + 1 days; one infected site is there from day ``onset_d`` on; the age is 0 on
    the day of emergence; on the last day of a lesion one healthy site dies with it.
    There the account stops where no healthy site is left; here it goes on with none.

    Examples
    --------
    >>> from rules.models.epirice_diseases import SHEATH_BLIGHT
    >>> steady = epidemic(SHEATH_BLIGHT, [22.0] * 120, [92.0] * 120, [0.0] * 120)
    >>> round(steady.audpc, 3)  # epicrop: 36.631
    36.631
    """
    T, RH, R = map(floats, (temperature, relative_humidity, rain))
    if not T.shape == RH.shape == R.shape or T.ndim == 0:
        msg = f"weather has shapes {T.shape}, {RH.shape}, {R.shape}; give equal series"
        raise ValueError(msg)
    if not 2 <= len(T) <= LAST_DAY + 1:
        msg = f"a season has {len(T)} days; EPIRICE's tables need 2 to {LAST_DAY + 1}"
        raise ValueError(msg)
    age = np.arange(len(T), dtype=float).reshape(-1, *[1] * (T.ndim - 1))
    Rc = disease.rate * temperature_response(disease, T) * wet_day(RH, R)
    return _season(disease, Rc * age_response(disease, age))


def _season(disease: Disease, Rc: Floats) -> Epidemic:
    """Run the days, given the rate of each."""
    H, L, N, X = (np.zeros_like(Rc) for _ in range(4))  # healthy, latent, new, removed
    INF = np.zeros_like(Rc)
    p, i = disease.latent_d, disease.infectious_d
    H[0] = disease.first_sites
    for d in range(len(Rc)):
        ripe, dead = d - p - 1, d - p - i - 2  # whose latency, whose sporing is over
        L[d] = N[max(0, ripe + 1) : d + 1].sum(axis=0)
        INF[d] = N[max(0, dead + 1) : max(0, ripe + 1)].sum(axis=0)
        X[d] = N[: max(0, dead + 1)].sum(axis=0)
        if d + 1 == len(Rc):
            break
        ill = L[d] + INF[d] + X[d]
        total = H[d] + ill
        healthy = np.divide(H[d], total, out=np.zeros_like(total), where=total > 0)
        N[d + 1] = INF[d] * Rc[d] * healthy**disease.aggregation
        if d + 1 == disease.onset_d:
            N[d + 1] = FIRST_SITES
        grown = disease.growth * H[d] * (1 - total / disease.most_sites)
        lost = disease.senescence * H[d]
        if dead + 1 >= 0:
            lost = lost + N[dead + 1]
        H[d + 1] = np.maximum(0.0, H[d] + grown - N[d + 1] - lost)
    return Epidemic(healthy=H, latent=L, infectious=INF, removed=X)
