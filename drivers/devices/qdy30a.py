"""Submersible level transmitter QDY30A: pressure of the water column above it.

Source  sunrise-labs/farmers-iot-toolkit, devlog.md and docs/bench/02 (a unit held
        against a ruler); public project raingauge485 (QDY30A-B);
        kotyara12's reQDY30A and esp32m's Qdy30a (unit codes)
Layout  UUUU DDDD LLLL        words 2..4, function 3, always fetched together
        U  u16  unit code           1 cm, 2 mm, 0x11 cm
        D  u16  decimals            0..4
        L  s16  water column        / 10**D, in unit U; below zero in air
        word 5  s16  zero point of the range; read only with word 6, not used
        word 6  s16  full scale     / 10**D, in unit U, like L
Full    Three maps name words 5 and 6 the range's zero and full point: the bench's,
scale   reQDY30A's and Lobaro's of a sister transmitter.  That word 6 has the unit
        and the decimals of the value is believed of one unit: its words 0..6 were
        1, 3, 0x11, 1, 26, 0, 5000, which makes a round 5 m, with the value's own
        step proved by a ruler.  No label was held against it: compare the first
        one that is bought.
Units   Two public drivers agree on 1 cm, 2 mm (3 and above are pressures).  Two
        others agree on 0x11 = cm but not on its neighbours: one has 0x10 m and
        0x12 mm, the other 0x12 m.  A code on which they differ, or an unknown
        one, gives no value rather than one that may be a thousand times wrong.
Datum   The value is the column above the probe; the outlet's ``zero`` turns it
        into the height above the soil surface.
Quirks  blue is A, yellow is B: the reverse of the CWT soil probe
        below 12 V it answers plausibly and wrongly
        0.5 % FS accuracy and 2 % FS zero drift: 25 and 100 mm for a 5 m unit
"""

from typing import Final

from drivers.registers import ModbusModel, Register, ScaleFrom

_SCALE: Final = ScaleFrom(
    unit_at=2,
    decimals_at=3,
    units={1: 0, 2: -1, 0x11: 0},  # powers of ten from the unit to cm
    most_decimals=4,
    usual=(1, 1),
)

QDY30A: Final = ModbusModel(
    name="qdy30a",
    title="QDY30A submersible level transmitter",
    function=3,
    evidence="bench",
    sources=(
        "github.com/sunrise-labs/farmers-iot-toolkit, devlog.md and docs/bench/02",
        "public project raingauge485, QDY30A-B",
        "reQDY30A of kotyara12 and Qdy30a of esp32m, unit codes and full scale",
        "doc.lobaro.com, map of a pressure transmitter of the same family",
    ),
    quirks=(
        "set the unit to cm: the sources disagree on codes above 0x0f",
        "blue is A, yellow is B",
        "below 12 V supply it answers plausibly and wrongly",
    ),
    registers=(Register(4, "water_level", "water_level", "s16", scale_from=_SCALE),),
    full_scale=Register(6, "water_level", "water_level", "s16", scale_from=_SCALE),
)
