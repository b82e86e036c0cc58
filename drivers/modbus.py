"""Modbus RTU devices on one bus.

A question without an answer makes the next one to that device a probe (see
``drivers.owed``), so that no late answer is taken for a later value.  The other
devices are asked meanwhile.
"""

import contextlib
import struct
from collections.abc import Collection
from typing import Final

import minimalmodbus  # type: ignore[import-untyped]  # ships no types

from drivers.bus import Answer, BadFrame, NoReply, Refused
from drivers.owed import Owed
from drivers.port import Parity, Port, RtuPort
from drivers.registers import ModbusModel, decode, decoded
from drivers.rtu import REFUSAL_BIT
from drivers.spans import Span, plan, span_of

UNHURRIED_S: Final = 10.0  # a replay's answer may wait for a busy machine
LONGEST_TIMEOUT_S: Final = 1.0  # Victron's dbus-modbus-client waits 0.1 to 1 s
_LATENCIES: Final = 4  # timeout in filtered latencies; the same source
_FORGETS: Final = 1.02  # how fast the least latency grows, a question
_SMOOTHING: Final = 0.25  # weight of the newest latency


def timeout_s(latency_s: float | None, shortest_s: float, longest_s: float) -> float:
    """How long to wait for a device whose filtered latency is known. [s]"""
    if latency_s is None:
        return longest_s
    return min(longest_s, max(shortest_s, _LATENCIES * latency_s))


class ModbusBus:
    """Owner of a port with Modbus RTU devices behind it."""

    def __init__(
        self,
        name: str,
        port: str,
        baudrate: int = 9600,
        parity: Parity = "N",
        stopbits: int = 1,
        *,
        longest_timeout_s: float = LONGEST_TIMEOUT_S,
    ) -> None:
        self.name = name
        self.port = Port(name, port, baudrate, parity, stopbits)
        self.rtu = RtuPort(self.port)
        self.longest_timeout_s = longest_timeout_s
        self.shortest_timeout_s = 0.0

    def unhurried(self) -> None:
        """Keep no wire's time: the far end is a replay that waits for each question.

        Only for a stepped clock, whose field time stands still meanwhile.
        """
        self.port.char_s = self.port.silence_s = 0.0
        self.shortest_timeout_s = self.longest_timeout_s = UNHURRIED_S

    def open(self) -> None:
        """Open the port unless it is open; raises ``PortGone``."""
        self.port.open()

    def close(self) -> None:
        """Let go of the port; ``open`` takes it again."""
        self.port.close()

    def station(
        self, model: ModbusModel, address: int, channels: Collection[str]
    ) -> "ModbusStation":
        """Prepare to ask the device at ``address`` for ``channels``."""
        return ModbusStation(self, model, address, channels)


class ModbusStation:
    """One device on the bus: its questions, its latency, the answers it owes."""

    def __init__(
        self,
        bus: ModbusBus,
        model: ModbusModel,
        address: int,
        channels: Collection[str],
    ) -> None:
        self.owed = Owed()
        self.spans = plan(model, channels)
        self.latency_s: float | None = None  # filtered
        self._least_s = 0.0  # the least of late; it forgets
        self._bus = bus
        self._model = model
        self._address = address
        self._place = f"bus {bus.name}: {model.name} at {address}"
        self._lengths = {span.count for span in self.spans}
        self._opening = 0
        self._instrument: minimalmodbus.Instrument | None = None

    def read(self) -> Answer:
        """Ask for the channels, once more if an answer was damaged.

        Raises
        ------
        PortGone, NoReply, BadFrame, Refused
        """
        self._open()
        words: dict[int, int] = {}
        for span in self.spans:
            words |= self._fetch(span, self._lengths)
        return Answer(decode(self._model, words))

    def full_scale(self) -> float | None:
        """Ask for the register in which the device keeps it, beside its polls.

        It comes in one answer with the unit and the decimals that it is told in.
        Nothing above zero, or a unit that the table does not know, is ``None``.
        """
        register = self._model.full_scale
        if register is None:
            return None
        self._open()
        span = span_of(register)
        value = decoded(register, self._fetch(span, {span.count}))
        return value if value is not None and value > 0 else None

    def _open(self) -> None:
        """Open the port; what the device may owe to others is not known then."""
        self._bus.open()
        if self._opening != self._bus.port.openings:
            self._opening = self._bus.port.openings
            self.owed = Owed()

    def _fetch(self, span: Span, lengths: Collection[int]) -> dict[int, int]:
        """Words of ``span``, asked for once more if the answer was damaged."""
        try:
            found = self._ask_in_order(span, lengths)
        except BadFrame:
            found = self._ask_in_order(span, lengths)
        return dict(enumerate(found, span.start))

    def _ask_in_order(self, span: Span, lengths: Collection[int]) -> tuple[int, ...]:
        while self.owed.blocks(lengths):
            probe = Span(self._model.first_word, self.owed.probe(lengths))
            with contextlib.suppress(Refused):
                self._ask(probe, self._bus.longest_timeout_s)
        return self._ask(span, self._timeout_s())

    def _ask(self, span: Span, timeout_s: float) -> tuple[int, ...]:
        rtu = self._bus.rtu
        instrument = self._ready()
        rtu.timeout_s, rtu.least_s = timeout_s, self._least_s
        self.owed = self.owed.asked(span.count)
        try:
            # read_registers, the public way, checks every word by itself once
            # more and takes three times as long
            data: bytes = instrument._perform_command(
                self._model.function, struct.pack(">HH", span.start, span.count)
            )
        except minimalmodbus.ModbusException as fault:
            raise self._judged() from fault
        self.owed = self.owed.answered(span.count)
        self._note_latency(rtu.latency_s)
        return struct.unpack_from(f">{span.count}H", data, 1)  # behind its size

    def _timeout_s(self) -> float:
        bus = self._bus
        shortest_s = max(self._model.timeout_s, bus.shortest_timeout_s)
        return timeout_s(self.latency_s, shortest_s, bus.longest_timeout_s)

    def _ready(self) -> minimalmodbus.Instrument:
        """The instrument, made when the port was first open."""
        if self._instrument is None:
            self._instrument = minimalmodbus.Instrument(self._bus.rtu, self._address)
            self._instrument.clear_buffers_before_each_transaction = False
        return self._instrument

    def _judged(self) -> OSError:
        """What kind of fault the port saw."""
        rtu = self._bus.rtu
        if rtu.frame is not None and rtu.frame[1] & REFUSAL_BIT:
            self.owed = self.owed.refused()
            return Refused(self._place, rtu.frame[2])
        if rtu.skipped.has_damage:
            return BadFrame(f"{self._place}: damaged answer ({rtu.skipped})")
        return NoReply(f"{self._place}: no answer in {rtu.timeout_s:.2f} s")

    def _note_latency(self, latency_s: float) -> None:
        # What is slept through shows as latency, so the least must shrink by itself.
        self._least_s = min(latency_s, _FORGETS * self._least_s or latency_s)
        if self.latency_s is None:
            self.latency_s = latency_s
        self.latency_s += _SMOOTHING * (latency_s - self.latency_s)
