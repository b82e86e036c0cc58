"""Eight analog inputs: any 4-20 mA or 0-10 V probe on the bus.

Source  Waveshare wiki, "Modbus RTU Analog Input 8CH"
Layout  words 0..7, function 4   u16  input n + 1
        µA where the input is set to a current, mV where it is set to a voltage
        The plain type takes 0-5, 1-5 V, 0-20 and 4-20 mA and ships as 0-20 mA,
        type (B) takes 0-10, 2-10 V, 0-20 and 4-20 mA and ships as 0-10 V.
Scale   The sensor's own: its quantity and the raw values of two points.
Quirks  each input has a jumper inside: closed for a current, open for a voltage
        an input set to "raw code" gives 0..4095: set it to a current or a voltage
"""

from typing import Final

from drivers.registers import ModbusModel, Register

WAVESHARE_ANALOG_8CH: Final = ModbusModel(
    name="waveshare-analog-8ch",
    title="Waveshare Modbus RTU Analog Input 8CH",
    function=4,
    evidence="manual",
    sources=("Waveshare wiki, Modbus RTU Analog Input 8CH",),
    quirks=("each input's range is set in the device, and by a jumper inside it",),
    registers=tuple(Register(n, f"{n + 1}") for n in range(8)),
)
