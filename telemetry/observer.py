"""Who counted in the field, and how: the sensor of a count by a person.

A person is no device.  The sensor of what people count is named by their role and
method, ``by-technician-frame``, so that a count is a reading of a series like any
other, and no name of a person ever travels.
"""

from types import MappingProxyType
from typing import Final

ROLES: Final = MappingProxyType(
    {
        "farmer": "nông dân",
        "technician": "kỹ thuật viên",
        "agronomist": "cán bộ nông nghiệp",
        "officer": "cán bộ bảo vệ thực vật",
    }
)
"""Who may count, with the Vietnamese word."""

METHODS: Final = MappingProxyType(
    {
        "frame": "khung",
        "hill": "khóm",
        "tiller": "dảnh",
        "plant": "cây",
        "trap": "bẫy",
        "visual": "mắt thường",
    }
)
"""How it was counted, with the Vietnamese word."""

COUNTED: Final = MappingProxyType(
    {
        "pest_density": "frame",
        "pest_per_tiller": "tiller",
        "plants_affected": "plant",
        "trap_count": "trap",
        "water_level": "visual",
        "water_conductivity": "visual",
    }
)
"""Quantities that people tell, each with its usual method.

Water is among them because a stick beside the tube and a hand-held meter need no
device of ours; whatever needs one to be known is left to it.
"""

PREFIX: Final = "by-"


def sensor_of(role: str, method: str) -> str:
    """Name of the sensor that stands for ``role`` and ``method``.

    >>> sensor_of("technician", "frame")
    'by-technician-frame'
    """
    return f"{PREFIX}{role}-{method}"


def observer_of(sensor: str) -> tuple[str, str] | None:
    """Role and method that a sensor's name stands for; ``None`` for a device's.

    >>> observer_of("by-farmer-trap"), observer_of("soil-a1")
    (('farmer', 'trap'), None)
    """
    role, _, method = sensor.removeprefix(PREFIX).partition("-")
    is_ours = sensor.startswith(PREFIX) and role in ROLES and method in METHODS
    return (role, method) if is_ours else None
