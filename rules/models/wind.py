"""Wind at the height that a formula asks for."""

from typing import Final

import numpy as np

from rules.models.kinds import Numeric, checked, like

SPEED: Final = (0.0, 75.0)  # m/s; plausible, WMO guideline (Zahumensky 2004)
HEIGHT_M: Final = (0.5, 200.0)  # m; below, the grass itself steers the wind [D]


def at_two_metres(speed: Numeric, height: Numeric) -> Numeric:
    """Wind speed at 2 m above grass, by a speed at another height.

    Parameters
    ----------
    speed : float or array
        Mean wind speed. [m/s]
    height : float or array
        Of the anemometer above the ground. [m]  From 0.5 to 200.

    Returns
    -------
    float or array
        u2. [m/s]

    Notes
    -----
    FAO-56 eq. 47 [1]_, a logarithmic profile over grass of 12 cm.  Over a tall crop,
    or in the lee of trees, it does not hold.

    References
    ----------
    .. [1] R. G. Allen et al., "Crop evapotranspiration", FAO Irrigation and Drainage
       Paper 56, Rome, 1998, chapter 3.

    Examples
    --------
    >>> round(at_two_metres(3.2, 10.0), 1)  # FAO-56 example 14
    2.4
    """
    u = checked("wind speed [m/s]", speed, *SPEED)
    z = checked("height of the anemometer [m]", height, *HEIGHT_M)
    u2 = u * 4.87 / np.log(67.8 * z - 5.42)  # eq. 47
    out: Numeric = like(u2, u2)
    return out
