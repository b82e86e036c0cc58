"""Effective rain: how much of it a crop can use.  For planning by months.

A daily alert needs none of this: there the bucket's percolation does the work
(``rules.models.soil_water``).

References
----------
.. [1] USDA-SCS method as in CROPWAT; formula as printed in the R package FAO56 1.0,
   ``EffPrec``, whose manual says that it suits dry climates.
.. [2] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998, chapter 8.
"""

from typing import Final

import numpy as np

from rules.models.kinds import Numeric, checked, like

BEND_MM: Final = 250.0  # mm a month; above it a tenth of the rain counts [1]
LIGHT: Final = 0.2  # of ET0; less rain in a day only wets leaves and crust [2]
MOST_MONTH_MM: Final = 5000.0  # mm; more in a month is a mistake of unit [D]


def monthly(rain: Numeric) -> Numeric:
    """Effective rain of a month. [mm]

    Parameters
    ----------
    rain : float or array, any shape
        Whole rain of a calendar month. [mm]  Never of a day or a decade.

    Returns
    -------
    float or array, same shape
        [mm]

    Notes
    -----
    USDA-SCS [1]_: P (125 - 0.2 P) / 125 up to 250 mm, above 125 + 0.1 P.

    References
    ----------
    .. [1] R package FAO56 1.0, ``EffPrec``.

    Examples
    --------
    >>> monthly(50.0), monthly(450.0)
    (46.0, 170.0)
    """
    P = checked("rain of a month [mm]", rain, 0, MOST_MONTH_MM)
    Pe = np.where(P <= BEND_MM, P * (125 - 0.2 * P) / 125, 125 + 0.1 * P)
    result: Numeric = like(rain, Pe)
    return result


def daily(rain: Numeric, et0: Numeric) -> Numeric:
    """Rain of a day that is worth counting: below 0.2 ET0 it is none [2]_. [mm]

    >>> daily(0.8, 5.0), daily(1.2, 5.0)
    (0.0, 1.2)
    """
    P, ET0 = checked("rain [mm/d]", rain, 0), checked("ET0 [mm/d]", et0, 0)
    counted = np.where(P < LIGHT * ET0, 0.0, P)
    result: Numeric = like(counted, counted)
    return result
