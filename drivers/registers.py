"""Modbus registers as data: where a number lives and how to read it.

Nothing here touches a port.  ``decode`` and ``encode`` are inverse to each other,
so one table serves the driver, the simulator and the tests; ``drivers.spans``
packs the requests.  A value leaves ``decode`` in its quantity's unit, rounded to
the register's resolution: raw 312 at 0.1 is 31.2 exactly.
"""

import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["u16", "s16", "u32", "s32", "f32"]
WordOrder = Literal["high-first", "low-first"]

_FORMS: Final[Mapping[Kind, str]] = {
    "u16": ">H",
    "s16": ">h",
    "u32": ">I",
    "s32": ">i",
    "f32": ">f",
}

MAX_REGISTERS: Final = 125  # words of one answer; Modbus application protocol 6.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleFrom:
    """A scale that the device keeps in registers of its own.

    ``value = raw / 10**decimals * 10**units[code]`` in the quantity's unit.  A
    code that is not in ``units`` gives no value: a guess could be wrong by 10.
    """

    unit_at: int
    decimals_at: int
    units: Mapping[int, int]  # unit code: power of ten into the quantity's unit
    most_decimals: int
    usual: tuple[int, int]  # (unit code, decimals) that ``encode`` writes


@dataclass(frozen=True, slots=True)
class Register:
    """One number of a device.

    ``value = round(raw * scale + offset, digits)``, in the unit of ``quantity``.
    ``quantity`` is ``None`` where only the sensor behind the channel knows it.
    ``absent`` lists the raw words, unsigned, by which the device says "no value".
    ``counter_bits`` is the width at which a counter wraps.
    """

    at: int  # address on the wire, from 0
    channel: str
    quantity: str | None = None
    kind: Kind = "u16"
    scale: float = 1
    offset: float = 0
    digits: int = 0
    absent: tuple[int, ...] = ()
    word_order: WordOrder = "high-first"
    counter_bits: int | None = None
    scale_from: ScaleFrom | None = None

    @property
    def width(self) -> int:
        """Number of words."""
        return 2 if self.kind in ("u32", "s32", "f32") else 1

    @property
    def extent(self) -> tuple[int, int]:
        """First word and the one behind the last that must come in one answer."""
        end = self.at + self.width
        if self.scale_from is None:
            return self.at, end
        more = (self.scale_from.unit_at, self.scale_from.decimals_at)
        return min(self.at, *more), max(end, *(word + 1 for word in more))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModbusModel:
    """What there is to know of one kind of Modbus device.

    ``full_scale`` is the register that tells how much this very unit can show; its
    channel is that of the value.  ``rated`` is, by channel, the span for which the
    maker vouches, in the quantity's unit; what no manual states is not in it.
    ``reads_from`` is the first word that it has, if the table begins later: a
    probe (``drivers.owed``) begins there, so that a short one asks for nothing
    that some units might meet with silence.
    """

    name: str
    title: str  # maker and type, as on the box
    function: Literal[3, 4]  # 3 holding registers, 4 input registers
    registers: tuple[Register, ...]
    full_scale: Register | None = None
    rated: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    hole: int = 0  # most words in a row, unknown to the table, that it tolerates
    reads_from: int | None = None
    max_registers: int = MAX_REGISTERS  # words of one answer
    baudrate: int = 9600  # as shipped, like parity and stopbits
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    timeout_s: float = 0.2  # shortest wait for the first byte of an answer
    evidence: Literal["simulator", "manual", "bench", "field"]
    sources: tuple[str, ...]
    quirks: tuple[str, ...] = ()

    @property
    def channels(self) -> Mapping[str, str | None]:
        """Each channel and its quantity, if the device itself knows it."""
        return {register.channel: register.quantity for register in self.registers}

    @property
    def first_word(self) -> int:
        """Address of the first word that it is known to have."""
        if self.reads_from is not None:
            return self.reads_from
        return min(register.extent[0] for register in self.registers)


# --- values ------------------------------------------------------------------


def decode(model: ModbusModel, words: Mapping[int, int]) -> dict[str, float | None]:
    """Values by channel, as far as ``words`` (address: 0..65535) reach.

    ``None`` where the device says that it has no value.
    """
    return {
        register.channel: decoded(register, words)
        for register in model.registers
        if all(map(words.__contains__, range(*register.extent)))
    }


def encode(model: ModbusModel, values: Mapping[str, float | None]) -> dict[int, int]:
    """Words that ``decode`` reads as ``values``, to the register's resolution.

    Raises
    ------
    ValueError
        A value does not fit its register, or is ``None`` where the device has no
        word for that.
    """
    words: dict[int, int] = {}
    for register in model.registers:
        if register.channel in values:
            words |= encoded(register, values[register.channel])
    return words


def decoded(register: Register, words: Mapping[int, int]) -> float | None:
    """Value of one register, all of whose extent is in ``words``."""
    bits = words[register.at]
    if register.width == 2:
        high, low = _ordered(register, (bits, words[register.at + 1]))
        bits = high << 16 | low
    if bits in register.absent:
        return None
    raw = _number(register, bits)
    scale = register.scale_from
    if scale is not None:
        return _own_scale(scale, raw, words[scale.unit_at], words[scale.decimals_at])
    value: float = raw * register.scale + register.offset
    return round(value, register.digits) if math.isfinite(value) else None


def _number(register: Register, bits: int) -> float:
    width = 16 * register.width
    if register.kind == "f32":
        number: float = struct.unpack(">f", bits.to_bytes(4, "big"))[0]
        return number
    is_negative = register.kind in ("s16", "s32") and bits >> (width - 1)
    return bits - (1 << width) if is_negative else bits


def _own_scale(scale: ScaleFrom, raw: float, unit: int, decimals: int) -> float | None:
    if unit not in scale.units or decimals > scale.most_decimals:
        return None
    shift = decimals - scale.units[unit]
    # int / 10**n is the float nearest to the decimal that the device shows
    return raw / 10**shift if shift >= 0 else float(raw * 10**-shift)


def encoded(register: Register, value: float | None) -> dict[int, int]:
    """Words that ``decoded`` reads as ``value``; raises as ``encode`` does."""
    words = {}
    scale, offset = register.scale, register.offset
    if register.scale_from is not None:
        unit, decimals = register.scale_from.usual
        words[register.scale_from.unit_at] = unit
        words[register.scale_from.decimals_at] = decimals
        scale, offset = 10.0 ** (register.scale_from.units[unit] - decimals), 0
    data = _packed(register, value, scale, offset)
    parts = struct.unpack(f">{register.width}H", data)
    for n, word in enumerate(_ordered(register, parts)):
        words[register.at + n] = word
    return words


def _packed(
    register: Register, value: float | None, scale: float, offset: float
) -> bytes:
    if value is None:
        if not register.absent:
            msg = f"{register.channel}: the device has no word for 'no value'"
            raise ValueError(msg)
        return register.absent[0].to_bytes(2 * register.width, "big")
    raw = (value - offset) / scale
    try:
        data = struct.pack(
            _FORMS[register.kind], raw if register.kind == "f32" else round(raw)
        )
    except (struct.error, OverflowError, ValueError):
        msg = f"{register.channel}: {value} does not fit {register.kind}"
        raise ValueError(msg) from None
    if int.from_bytes(data, "big") in register.absent:
        msg = f"{register.channel}: {value} would read as 'no value'"
        raise ValueError(msg)
    return data


def _ordered(register: Register, parts: Iterable[int]) -> list[int]:
    words = list(parts)
    return words if register.word_order == "high-first" else words[::-1]
