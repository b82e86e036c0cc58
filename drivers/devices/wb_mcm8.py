"""Eight-channel pulse counter: rain tips, water meters, beams of insect traps.

Source  wirenboard/wb-mqtt-serial, templates/config-wb-mcm8.json.jinja; maker's
        wiki "Sensors Modbus Management"
Layout  word 60 + 2 * (n - 1)   u32, function 4   pulses at input n, n = 1..8
        word 121                u16, function 4   x0.001  V at the supply terminals
        The high word comes first; the sources read do not say so, a bench must.
Quirks  ships as 9600 8N2; the address is on the label
        a write to holding register 100 clears all counters: nothing is written here
"""

from typing import Final

from drivers.registers import ModbusModel, Register

WB_MCM8: Final = ModbusModel(
    name="wb-mcm8",
    title="Wiren Board WB-MCM8 pulse counter",
    function=4,
    stopbits=2,
    evidence="manual",
    sources=(
        "github.com/wirenboard/wb-mqtt-serial, config-wb-mcm8.json.jinja",
        "Wiren Board wiki, Sensors Modbus Management",
    ),
    quirks=("high word first is assumed: compare one count with the display",),
    registers=(
        *(
            Register(58 + 2 * n, f"{n}", kind="u32", counter_bits=32)
            for n in range(1, 9)
        ),
        Register(121, "supply_voltage", "supply_voltage", scale=0.001, digits=3),
    ),
)
