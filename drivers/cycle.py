"""How long the wire of a bus takes to ask all its devices.  Pure."""

from collections.abc import Sequence

from drivers.line import LineModel
from drivers.poller import Device
from drivers.port import Parity, char_s, silence_s
from drivers.rtu import AROUND_BYTES, REQUEST_BYTES
from drivers.spans import plan


def cycle_s(
    devices: Sequence[Device], baudrate: int, parity: Parity = "N", stopbits: int = 1
) -> float:
    """Least time on the wire to ask every device once. [s]

    Questions, answers and the silence before each of both; devices that think
    take longer.
    """
    char = char_s(baudrate, parity, stopbits)
    silence = silence_s(baudrate, parity, stopbits)
    total = 0.0
    for device in devices:
        if isinstance(device.model, LineModel):
            total += (len(device.model.ask) + device.model.longest_line) * char
            continue
        for span in plan(device.model, device.channels):
            chars = REQUEST_BYTES + AROUND_BYTES + 2 * span.count
            total += chars * char + 2 * silence
    return total
