"""Simulated devices: they answer out of the tables that the drivers decode with."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from drivers.devices import Model
from drivers.line import LineModel
from drivers.registers import ModbusModel, encoded
from drivers.rtu import REFUSAL_BIT, REQUEST_BYTES, crc, is_whole
from drivers.sim.slave import Faults

Values = Mapping[str, float | None]
"""Channel: value in the channel's own unit, ``None`` for a gap."""

# Modbus application protocol 1.1b3, 7
ILLEGAL_FUNCTION: Final = 1
ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
DEVICE_FAILURE: Final = 4

FULL_SCALE: Final = 100.0  # cm: a 1 m level transmitter, as fields of rice need

_READS: Final = (3, 4)
_POLL_COUNT: Final = "poll_count"
_U16: Final = 0x1_0000


@dataclass(slots=True)
class Tally:
    """What a device has been asked and has answered.

    ``answered`` counts answers with data.  Numbers are given to them from 1;
    ``first`` and ``last`` were sent since the start, before any wrap.
    """

    requests: int = 0
    answered: int = 0
    first: int | None = None
    last: int | None = None

    def count(self) -> int:
        """Count one answer and return its number."""
        self.answered += 1
        self.last = self.answered
        if self.first is None:
            self.first = self.last
        return self.last


Watch = Callable[[str, bytes, bytes], None]
"""Told device, request and answer when the answer is on the wire."""


def unwatched(name: str, frame: bytes, answer: bytes) -> None:
    """Nobody wants to know."""
    del name, frame, answer


@dataclass(slots=True, kw_only=True)
class ModbusDevice:
    """One Modbus device; ``values`` is asked at each request.

    A register without value answers with its word for that.  Where it has none,
    the requests that touch it are answered with exception 4, and so are those
    that touch a value which does not fit its register.  ``full_scale``, in the
    quantity's unit, is for models that keep one; with ``None`` it has no such word.
    """

    name: str
    model: ModbusModel
    address: int
    values: Callable[[], Values]
    watch: Watch = unwatched
    full_scale: float | None = FULL_SCALE
    faults: Faults = field(default_factory=Faults)
    tally: Tally = field(default_factory=Tally)
    _shown: Values | None = None
    _words: dict[int, int | None] = field(default_factory=dict)
    _blank: dict[int, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay out the words that it has: all but the full scale read 0 at first."""
        self._blank = blank(self.model)
        register = self.model.full_scale
        if register is not None and self.full_scale is not None:
            self._blank |= dict.fromkeys(range(*register.extent), 0)
            self._blank |= encoded(register, self.full_scale)

    def answer(self, frame: bytes) -> bytes | None:
        """Answer a request; ``None`` if it is damaged or for another address."""
        if frame[0] != self.address or not is_whole(frame):
            return None
        self.tally.requests += 1
        function = frame[1]
        if self.faults.exception is not None:
            return self._refuse(function, self.faults.exception)
        if function not in _READS or function != self.model.function:
            return self._refuse(function, ILLEGAL_FUNCTION)
        if len(frame) != REQUEST_BYTES:
            return self._refuse(function, ILLEGAL_VALUE)
        start, count = struct.unpack_from(">HH", frame, 2)
        if not 1 <= count <= self.model.max_registers:
            return self._refuse(function, ILLEGAL_VALUE)
        return self._read(function, range(start, start + count))

    def told(self, frame: bytes, answer: bytes) -> None:
        """Pass on that ``frame`` has been answered."""
        self.watch(self.name, frame, answer)

    def _read(self, function: int, asked: range) -> bytes:
        words = self._table()
        if not all(word in words for word in asked):
            return self._refuse(function, ILLEGAL_ADDRESS)
        if any(words[word] is None for word in asked):
            return self._refuse(function, DEVICE_FAILURE)
        counters = [r.at for r in self.model.registers if r.channel == _POLL_COUNT]
        if not counters:
            self.tally.count()
        for at in counters:
            if at in asked:
                words[at] = self.tally.count() % _U16
        body = struct.pack(f">{len(asked)}H", *(words[word] or 0 for word in asked))
        return self._sealed(bytes((function, len(body))) + body)

    def _refuse(self, function: int, code: int) -> bytes:
        return self._sealed(bytes((function | REFUSAL_BIT, code)))

    def _sealed(self, rest: bytes) -> bytes:
        frame = bytes((self.address,)) + rest
        return frame + crc(frame)

    def _table(self) -> dict[int, int | None]:
        """Words by address; ``None`` marks those of a register without value."""
        values = self.values()
        if values is not self._shown:
            self._shown = values
            self._words = self._blank | words_of(self.model, values)
        return self._words


def words_of(model: ModbusModel, values: Values) -> dict[int, int | None]:
    """Encode what fits; ``None`` stands in the words of what does not.

    A counter shows what is left of its total behind the wraps.
    """
    words: dict[int, int | None] = {}
    for register in model.registers:
        if register.channel in values:
            value = values[register.channel]
            if register.counter_bits is not None and value is not None:
                value %= register.scale * 2**register.counter_bits
            try:
                words |= encoded(register, value)
            except ValueError:
                at = register.at
                words |= dict.fromkeys(range(at, at + register.width), None)
    return words


def blank(model: ModbusModel) -> dict[int, int | None]:
    """Zero in every word of the table, and in the holes that the device tolerates."""
    known = sorted({word for r in model.registers for word in range(*r.extent)})
    words: dict[int, int | None] = dict.fromkeys(known, 0)
    for before, after in pairwise(known):
        if after - before - 1 <= model.hole:
            words |= dict.fromkeys(range(before + 1, after), 0)
    return words


@dataclass(slots=True, kw_only=True)
class RainGauge:
    """An RG-15: a line of values for each ``R``, a small letter for a setting.

    It has no word for "no value": without one it is silent.
    """

    name: str
    model: LineModel
    values: Callable[[], Values]
    watch: Watch = unwatched
    faults: Faults = field(default_factory=Faults)
    tally: Tally = field(default_factory=Tally)

    def answer(self, frame: bytes) -> bytes | None:
        """Answer a command; ``None`` if it is not one of the gauge's."""
        if frame in self.model.settings:
            return frame.strip().lower() + b"\r\n"
        if frame != self.model.ask:
            return None
        self.tally.requests += 1
        total = self.values().get("rain_total", 0.0)
        if total is None:
            return None
        self.tally.count()
        return (
            f"Acc  0.00 mm, EventAcc  0.00 mm, TotalAcc  {total:.2f} mm,"
            " RInt  0.00 mmph\r\n"
        ).encode("ascii")

    def told(self, frame: bytes, answer: bytes) -> None:
        """Pass on that ``frame`` has been answered."""
        self.watch(self.name, frame, answer)


def device(
    name: str,
    model: Model,
    address: int,
    values: Callable[[], Values],
    watch: Watch = unwatched,
) -> ModbusDevice | RainGauge:
    """Make a simulated device of ``model``."""
    if isinstance(model, LineModel):
        return RainGauge(name=name, model=model, values=values, watch=watch)
    return ModbusDevice(
        name=name, model=model, address=address, values=values, watch=watch
    )
