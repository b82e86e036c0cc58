"""Rice: safe alternate wetting and drying (tưới ướt khô xen kẽ).

The field may dry until the level in the field water tube stands 15 cm below the
surface, where roots still reach water; then it is flooded to about 5 cm.  From one
week before to one week after peak flowering 5 cm are kept.
Source: IRRI, "Saving water with alternate wetting and drying", as reposted.
"""

import math
from typing import Final, Literal

Action = Literal["hold", "irrigate_to_5cm"]

SAFE_CM: Final = -15.0  # cm from the soil surface; IRRI's safe line
KEEP_CM: Final = 5.0  # cm above it; IRRI
FLOWERING_DAYS: Final = 7  # d on either side of peak flowering; IRRI


def to_do(
    level_cm: float, days_to_flowering: float | None, safe_cm: float = SAFE_CM
) -> Action | None:
    """What safe AWD asks for.

    Parameters
    ----------
    level_cm : float
        Water level from the soil surface. [cm]
    days_to_flowering : float or None
        Days to peak flowering, negative after it, ``None`` if not known. [d]
    safe_cm : float
        Where to irrigate outside flowering. [cm]  IRRI −15; −10 is the cautious end
        of the −5 to −15 cm tried in the Red River delta (Le Xuan Quang).

    Returns
    -------
    "hold", "irrigate_to_5cm", or ``None``
        ``None`` where the answer hangs on a flowering date that is not known.

    Examples
    --------
    >>> to_do(-15, 30), to_do(-14, 30), to_do(2, 3), to_do(2, None)
    ('irrigate_to_5cm', 'hold', 'irrigate_to_5cm', None)
    """
    if math.isnan(level_cm + safe_cm + (days_to_flowering or 0)):
        msg = f"level {level_cm}, safe {safe_cm}, days {days_to_flowering}: not numbers"
        raise ValueError(f"{msg}; give days of None where they are not known")
    if level_cm <= safe_cm:
        return "irrigate_to_5cm"
    if level_cm >= KEEP_CM:
        return "hold"
    if days_to_flowering is None:
        return None
    return "irrigate_to_5cm" if flowers(days_to_flowering) else "hold"


def flowers(days_to_flowering: float) -> bool:
    """Whether 5 cm must stand: a week on either side of peak flowering."""
    return abs(days_to_flowering) <= FLOWERING_DAYS
