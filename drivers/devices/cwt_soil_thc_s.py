"""RS-485 soil probe: moisture, temperature and conductivity.

Sold as ComWinTop CWT-Soil-THC-S and, with the same map, under many other names.

Source  maker's manual "THC-S (RS485 type)" V1.1, pp. 3-5, by way of
        TronixLab/RS485-CWT-SOIL-SENSOR-PROBE; bench captures of
        sunrise-labs/farmers-iot-toolkit
Layout  MMMM TTTT CCCC        words 0..2, function 3
        M  u16  soil moisture       x0.1  % by volume ("humidity %RH" in the manual)
        T  s16  soil temperature    x0.1  °C, two's complement
        C  u16  conductivity        x1    µS/cm
        words 3 and 4 are salinity and TDS, both computed from C: not fetched
Bench   tests/drivers/serial_cases.json, two captures of a probe in air
Quirks  ships as address 1 at 4800 baud, as most other soil probes do
        address 255 reaches any single probe, and the answer carries 255
"""

from typing import Final

from drivers.registers import ModbusModel, Register

CWT_SOIL_THC_S: Final = ModbusModel(
    name="cwt-soil-thc-s",
    title="ComWinTop CWT-Soil-THC-S soil probe",
    function=3,
    baudrate=4800,
    evidence="bench",
    sources=(
        "ComWinTop, THC-S (RS485 type) manual V1.1",
        "github.com/sunrise-labs/farmers-iot-toolkit, bench captures",
    ),
    quirks=(
        "ships as address 1 at 4800 baud",
        "some example frames of the manual carry wrong CRCs",
        "address 255 reaches any single probe: never use it on a shared bus",
    ),
    registers=(
        Register(0, "soil_moisture", "soil_moisture", scale=0.1, digits=1),
        Register(1, "soil_temperature", "soil_temperature", "s16", scale=0.1, digits=1),
        Register(2, "soil_conductivity", "soil_conductivity"),
    ),
)
