"""From a sensor's value back to what its device must show.  Pure.

The other way round from ``drivers.outlet``: quantity, datum and scale are undone.
"""

from typing import Final

from drivers.devices import Model
from drivers.outlet import Outlet
from drivers.registers import ModbusModel, encode

BROKEN_LOOP_UA: Final = 0.0  # a cut wire of a 4-20 mA loop carries no current


def channel_value(outlet: Outlet, value: float | None) -> float | None:
    """What the channel shows when the sensor's quantity is ``value``.

    A gap in a current loop is a broken wire; elsewhere it stays ``None``.
    """
    scale = outlet.scale
    if value is None:
        return BROKEN_LOOP_UA if scale is not None and scale.is_loop else None
    value += outlet.zero or 0.0
    if scale is None:
        return value
    slope = (scale.high - scale.low) / (scale.raw_high - scale.raw_low)
    raw = round(scale.raw_low + (value - scale.low) / slope)
    if scale.is_loop and scale.value(raw) is None:
        return BROKEN_LOOP_UA
    return float(raw)


def is_broken(outlet: Outlet, shown: float | None) -> bool:
    """Whether ``shown`` says by a broken loop that there is no value."""
    scale = outlet.scale
    return scale is not None and scale.is_loop and shown == BROKEN_LOOP_UA


def can_show(model: Model, channel: str, shown: float | None) -> bool:
    """Whether the device has a word for ``shown``, which may be that it has none."""
    if not isinstance(model, ModbusModel):
        return shown is not None
    try:
        encode(model, {channel: shown})
    except ValueError:
        return False
    return True
