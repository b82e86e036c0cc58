"""What people count, as the buffer and the rules know it: a series is made at sight.

No config lists who will count what.  A head says all of it: its sensor is named by
role and method (``telemetry.observer``), a name that no device may have.
"""

from typing import Final

from rules.history import Place
from telemetry import wire
from telemetry.observer import PREFIX, observer_of
from telemetry.series import Series

ROUND_MS: Final = 24 * 3_600_000  # who scouts does so once a day at most


def place_of(head: str) -> Place | None:
    """Where people counted what; ``None`` if ``head`` is of a device, or damaged.

    >>> head = "pest_density,coop=c,gw=g,plot=p1,sensor=by-farmer-frame,z=0"
    >>> place_of(f"{head},pest=NILALU,stage=nymph").role
    'farmer'
    """
    if f",sensor={PREFIX}" not in head:
        return None
    try:
        series = wire.parse_line(f"{head} flag=9i {10**18}").series
    except wire.WireError:
        return None
    who = observer_of(series.sensor)
    if who is None:
        return None
    return Place(
        sensor=series.sensor,
        quantity=series.quantity,
        plot=series.plot,
        z=series.z,
        period_ms=ROUND_MS,
        pest=series.pest,
        stage=series.stage,
        role=who[0],
        method=who[1],
    )


def head_of(place: Place, coop: str, gateway: str) -> str:
    """The series that counts of this place belong to."""
    return wire.head(
        Series(
            quantity=place.quantity,
            coop=coop,
            gateway=gateway,
            plot=place.plot,
            sensor=place.sensor,
            z=place.z,
            pest=place.pest,
            stage=place.stage,
        )
    )
