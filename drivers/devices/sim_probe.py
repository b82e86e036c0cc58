"""A field probe that exists only in the simulator: eight words, eight readings.

Layout  words 0..7, function 3
        0  u16  soil moisture        x0.1  %      0xFFFF no value
        1  s16  soil temperature     x0.1  °C     0x8000 no value
        2  u16  soil conductivity    x1    µS/cm  0xFFFF no value
        3  s16  air temperature      x0.1  °C     0x8000 no value
        4  u16  relative humidity    x0.1  %      0xFFFF no value
        5  u16  air pressure         x0.1  hPa    0xFFFF no value
        6  u16  illuminance          x10   lx     0xFFFF no value
        7  u16  poll count           x1    answers given so far, wraps at 65536
"""

from typing import Final

from drivers.registers import ModbusModel, Register

_NO_WORD: Final = (0xFFFF,)
_NO_SIGNED: Final = (0x8000,)

# fmt: off
SIM_PROBE: Final = ModbusModel(
    name="sim-probe",
    title="simulated field probe",
    function=3,
    evidence="simulator",
    sources=("drivers/devices/sim_probe.py",),
    rated={"relative_humidity": (0, 100)},
    registers=(
        Register(0, "soil_moisture", "soil_moisture",
                 scale=0.1, digits=1, absent=_NO_WORD),
        Register(1, "soil_temperature", "soil_temperature", "s16",
                 scale=0.1, digits=1, absent=_NO_SIGNED),
        Register(2, "soil_conductivity", "soil_conductivity", absent=_NO_WORD),
        Register(3, "air_temperature", "air_temperature", "s16",
                 scale=0.1, digits=1, absent=_NO_SIGNED),
        Register(4, "relative_humidity", "relative_humidity",
                 scale=0.1, digits=1, absent=_NO_WORD),
        Register(5, "air_pressure", "air_pressure",
                 scale=0.1, digits=1, absent=_NO_WORD),
        Register(6, "illuminance", "illuminance", scale=10, absent=_NO_WORD),
        Register(7, "poll_count", "poll_count", counter_bits=16),
    ),
)
# fmt: on
