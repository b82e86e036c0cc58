"""Air temperature and humidity for little money: XY-MD01 and XY-MD02.

Source  maker's text at domoticx.com; wirenboard/wb-mqtt-serial,
        templates/config-xy-md0x-deprecated.json
Layout  words 1 and 2, function 4
        1  s16  air temperature     x0.1  °C
        2  u16  relative humidity   x0.1  %
Bench   tests/drivers/serial_cases.json, the maker's own two examples
Rated   Humidity is vouched for up to 80 % only: no guide to dew or wet leaves.
Quirks  some units ship with even parity and a step of 0.01: check a value
        a text protocol shares the port: leave its automatic report off
"""

from typing import Final

from drivers.registers import ModbusModel, Register

XY_MD02: Final = ModbusModel(
    name="xy-md02",
    title="XY-MD02 air temperature and humidity",
    function=4,
    evidence="manual",
    sources=(
        "domoticx.com, Modbus TEMP/HUM sensor XY-MD02",
        "github.com/wirenboard/wb-mqtt-serial, config-xy-md0x-deprecated.json",
    ),
    quirks=(
        "humidity is rated to 80 % only",
        "some units ship with even parity and a step of 0.01",
    ),
    rated={"relative_humidity": (0, 80)},
    registers=(
        Register(1, "air_temperature", "air_temperature", "s16", scale=0.1, digits=1),
        Register(2, "relative_humidity", "relative_humidity", scale=0.1, digits=1),
    ),
)
