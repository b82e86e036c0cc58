"""Modbus registers as data: where a number lives and how to read it.

Nothing here touches a port.  ``plan`` packs requests, ``decode`` and ``encode``
are inverse to each other, so one table serves the driver, the simulator and the
tests.  A value leaves ``decode`` in its quantity's unit, rounded to the
register's resolution: raw 312 at 0.1 is 31.2 exactly.
"""

import itertools
import math
import struct
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
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

# Wire time counted in characters.  A word is two; a request is its own 8, the 5
# of an answer around its words, and two silences of 3.5.
_WORD_CHARS: Final = 2
_REQUEST_CHARS: Final = 8 + 5 + 7


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
    """What there is to know of one kind of Modbus device."""

    name: str
    title: str  # maker and type, as on the box
    function: Literal[3, 4]  # 3 holding registers, 4 input registers
    registers: tuple[Register, ...]
    hole: int = 0  # most words in a row, unknown to the table, that it tolerates
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


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One request: ``count`` words from ``start``."""

    start: int
    count: int


# --- requests ----------------------------------------------------------------


def plan(model: ModbusModel, channels: Collection[str]) -> tuple[Span, ...]:
    """Pack the requests that fetch ``channels`` in the least wire time.

    Words that a register needs together come in one answer.  A word of the
    model's table may be fetched idly; of unknown words at most ``model.hole``
    may stand between two wanted registers.

    Raises
    ------
    ValueError
        A channel is not of this model.
    """
    if unknown := set(channels) - model.channels.keys():
        msg = f"{model.name} has no channel {', '.join(sorted(unknown))}"
        raise ValueError(msg)
    wanted = sorted({r.extent for r in model.registers if r.channel in channels})
    known = {word for r in model.registers for word in range(*r.extent)}
    best: list[tuple[int, tuple[Span, ...]]] = [(0, ())]  # for the first n wanted
    for last in range(len(wanted)):
        options = []
        for first in range(last, -1, -1):
            extents = wanted[first : last + 1]
            span = _cover(extents)
            if first < last and not _may_join(model, known, extents, span):
                break
            cost, spans = best[first]
            cost += _REQUEST_CHARS + _WORD_CHARS * span.count
            options.append((cost, (*spans, span)))
        best.append(min(options))
    return best[-1][1]


def _cover(extents: list[tuple[int, int]]) -> Span:
    start = min(first for first, _ in extents)
    return Span(start, max(end for _, end in extents) - start)


def _may_join(
    model: ModbusModel, known: set[int], extents: list[tuple[int, int]], span: Span
) -> bool:
    return span.count <= model.max_registers and all(
        sum(word not in known for word in range(end, start)) <= model.hole
        for (_, end), (start, _) in itertools.pairwise(extents)
    )


# --- values ------------------------------------------------------------------


def decode(model: ModbusModel, words: Mapping[int, int]) -> dict[str, float | None]:
    """Values by channel, as far as ``words`` (address: 0..65535) reach.

    ``None`` where the device says that it has no value.
    """
    return {
        register.channel: _value(register, words)
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
            words |= _words(register, values[register.channel])
    return words


def _value(register: Register, words: Mapping[int, int]) -> float | None:
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


def _words(register: Register, value: float | None) -> dict[int, int]:
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
