"""Long waves: what a field loses to the sky by its own warmth.

FAO-56 chapters 3 and 4 [1]_, by equation number; MJ/m² of a day or of an hour.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
.. [2] ASCE-EWRI, "The ASCE standardized reference evapotranspiration equation",
   Reston, 2005.
"""

from typing import Final

import numpy as np

from rules.models.humidity import VAPOUR_KPA
from rules.models.kinds import Numeric, checked, like
from rules.models.psychrometrics import AIR_C
from rules.models.radiation import DAILY

SIGMA_DAY: Final = 4.903e-9  # MJ/K⁴/m²/d; Stefan-Boltzmann, FAO-56 eq. 39
SIGMA_HOUR: Final = 2.043e-10  # MJ/K⁴/m²/h; the same, FAO-56 text of eq. 53
SIGMA_ASCE_HOUR: Final = 2.042e-10  # MJ/K⁴/m²/h; the same, ASCE-EWRI eq. 44
KELVIN: Final = 273.16  # K; of 0 °C as FAO-56 has it, eq. 39
CLOUDY: Final = (0.3, 1.0)  # Rs/Rso; upper limit FAO-56 eq. 39, both ASCE-EWRI eq. 45


def cloud_ratio(solar: Numeric, clear: Numeric) -> Numeric:
    """Rs/Rso, the sky's clearness, kept within what the sky can be.

    FAO-56 limits it to 1 (eq. 39), ASCE-EWRI [2]_ eq. 45 to 0.3 as well: below, the
    formula for clouds would let the sky warm the field.

    Raises
    ------
    ValueError
        A clear sky gives nothing: the sun does not rise, clouds cannot be told.

    >>> cloud_ratio(14.5, 14.5), cloud_ratio(1.0, 20.0)
    (1.0, 0.3)
    """
    Rs = checked("solar radiation [MJ/m²]", solar, *DAILY)
    Rso = checked("clear-sky radiation [MJ/m²]", clear, 1e-6, DAILY[1])
    ratio = np.clip(Rs / Rso, *CLOUDY)
    out: Numeric = like(ratio, ratio)
    return out


def net_longwave(
    tmax: Numeric, tmin: Numeric, vapour_pressure: Numeric, ratio: Numeric
) -> Numeric:
    """Net outgoing long-wave radiation of a day.

    Parameters
    ----------
    tmax, tmin : float or array
        [°C]
    vapour_pressure : float or array
        ea. [kPa]
    ratio : float or array
        Rs/Rso, as ``cloud_ratio`` gives it.

    Returns
    -------
    float or array
        Rnl. [MJ/m²/d]

    Notes
    -----
    FAO-56 eq. 39 [1]_.

    Examples
    --------
    >>> round(net_longwave(25.1, 19.1, 2.1, 14.5 / 18.8), 1)  # FAO-56 example 11
    3.5
    """
    black = (black_body(tmax) + black_body(tmin)) / 2
    return _through_sky(black, vapour_pressure, cloudiness(ratio))


def net_longwave_of_hour(
    air_temperature: Numeric,
    vapour_pressure: Numeric,
    factor: Numeric,
    sigma: float = SIGMA_HOUR,
) -> Numeric:
    """Net outgoing long-wave radiation of an hour [MJ/m²/h]; FAO-56 eq. 39 [1]_.

    Temperature [°C] and vapour pressure [kPa] of the hour; ``factor`` is that of
    ``cloudiness``.

    >>> ratio = cloud_ratio(2.450, 2.658)  # FAO-56 example 19, 14 to 15 h
    >>> round(net_longwave_of_hour(38.0, 3.445, cloudiness(ratio)), 3)
    0.137
    """
    black = black_body(air_temperature, sigma)
    return _through_sky(black, vapour_pressure, factor)


def cloudiness(ratio: Numeric) -> Numeric:
    """Factor of clouds in eq. 39: 1 under a clear sky, 0.055 under the darkest one.

    >>> cloudiness(1.0)
    1.0
    """
    share = checked("Rs/Rso", ratio, *CLOUDY)
    factor: Numeric = like(share, 1.35 * share - 0.35)
    return factor


def black_body(air_temperature: Numeric, sigma: float = SIGMA_DAY) -> Numeric:
    """Radiation σT⁴ of a black body at a temperature in [°C]. [MJ/m² of σ's time]

    >>> round(black_body(25.0), 2)  # FAO-56 annex 2, table 2.8
    38.75
    """
    T = checked("air temperature [°C]", air_temperature, *AIR_C)
    out: Numeric = like(T, sigma * (T + KELVIN) ** 4)
    return out


def _through_sky(black: Numeric, vapour_pressure: Numeric, factor: Numeric) -> Numeric:
    """What a body of grass loses to a sky of this humidity and these clouds."""
    ea = checked("vapour pressure [kPa]", vapour_pressure, *VAPOUR_KPA)
    Rnl = black * (0.34 - 0.14 * np.sqrt(ea)) * factor  # eq. 39
    out: Numeric = like(Rnl, Rnl)
    return out
