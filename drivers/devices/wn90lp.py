"""Weather head in one body: air, light, wind by ultrasound, rain by touch.

Sold as Ecowitt WN90LP (WS90 with RS-485), made by Fine Offset.

Source  Ecowitt, WS90ModbusRTU V1.0.5 and V1.0.6, as told in two public programs:
        84ace/ecowitt-wn90lp-rs485 and the library behind Home Assistant's
        ecowitt_ws90, which carries the maker's example 2
Layout  words 0x165..0x16D, function 3, all u16, 0xFFFF no value
        165  illuminance        x10         lx
        166  UV index           x0.1        not fetched
        167  air temperature    x0.1 - 40   °C
        168  relative humidity  x1          %
        169  wind speed         x0.1        m/s
        16A  wind gust          x0.1        m/s
        16B  wind direction     x1          °
        16C  rain               x0.1        mm, running total
        16D  air pressure       x0.1        hPa
        16E  rain               x0.01       mm; wraps at 655 mm, so not fetched
Rated   by that manual: humidity 1..99 %, temperature -40..60 °C, wind 0..40 m/s
Quirks  address 0x90 = 144 as shipped; word 0x160 is 0x90 in every unit
        the total begins at zero when it is switched on; drivers.counter counts
        wraps in whole counts, so that of this one, at 6553.6 mm, is taken for
        such a restart: the rain since the poll before it is lost
"""

from typing import Final

from drivers.registers import ModbusModel, Register

_NO_WORD: Final = (0xFFFF,)

# fmt: off
WN90LP: Final = ModbusModel(
    name="wn90lp",
    title="Ecowitt WN90LP weather head",
    function=3,
    evidence="manual",
    sources=(
        "Ecowitt, WS90ModbusRTU V1.0.6, by way of Home Assistant's ecowitt_ws90",
        "github.com/84ace/ecowitt-wn90lp-rs485, which quotes V1.0.5",
    ),
    quirks=(
        "ships as address 144",
        "rain is felt, not caught: compare it with a gauge before it is trusted",
    ),
    hole=1,  # the UV index, across which the maker's example reads
    rated={
        "air_temperature": (-40, 60),
        "relative_humidity": (1, 99),
        "wind_speed": (0, 40),
    },
    registers=(
        Register(0x165, "illuminance", "illuminance", scale=10, absent=_NO_WORD),
        Register(0x167, "air_temperature", "air_temperature",
                 scale=0.1, offset=-40, digits=1, absent=_NO_WORD),
        Register(0x168, "relative_humidity", "relative_humidity", absent=_NO_WORD),
        Register(0x169, "wind_speed", "wind_speed",
                 scale=0.1, digits=1, absent=_NO_WORD),
        Register(0x16A, "wind_gust", "wind_gust",
                 scale=0.1, digits=1, absent=_NO_WORD),
        Register(0x16B, "wind_direction", "wind_direction", absent=_NO_WORD),
        Register(0x16C, "rain_total", "rain_total",
                 scale=0.1, digits=1, absent=_NO_WORD, counter_bits=16),
        Register(0x16D, "air_pressure", "air_pressure",
                 scale=0.1, digits=1, absent=_NO_WORD),
    ),
)
# fmt: on
