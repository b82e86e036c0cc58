"""Leaf-wetness probe in the shape of a leaf: Seeed S-YM-01 and S-YM-01B.

Source  Seeed, "Leaf Wetness and Temperature Sensor" user guide, chapter 6, its
        register table as quoted in a public minimalmodbus program; two further
        programs that run on the probe agree
Layout  words 0 and 1, function 4 (3 does as well)
        0  s16  leaf temperature    x0.01  °C, no quantity here: not fetched
        1  u16  leaf wetness        x0.01  %, raw 0..10000
Quirks  address 1 by the guide, 11 by two of the programs
        word 0x207 makes it talk unasked: leave it 0 on a shared bus
"""

from typing import Final

from drivers.registers import ModbusModel, Register

S_YM_01: Final = ModbusModel(
    name="s-ym-01",
    title="Seeed S-YM-01 leaf wetness",
    function=4,
    evidence="manual",
    sources=(
        "Seeed, Leaf Wetness and Temperature Sensor user guide, chapter 6, as quoted"
        " by users of the probe",
    ),
    quirks=("ships as address 1 or 11",),
    reads_from=0,
    registers=(Register(1, "leaf_wetness", "leaf_wetness", scale=0.01, digits=2),),
)
