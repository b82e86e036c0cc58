"""Instruments that speak lines of ASCII: one device on one port.

The lines carry neither a check sum nor a number, so a line counts only if the
model's ``read`` accepts all of it.  Before a question the input is emptied; the
devices meant here answer within a second and are asked far less often.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from drivers.bus import Answer, BadFrame, NoReply
from drivers.port import Parity, Port
from telemetry.clock import machine_s

_LONGEST_LINE: Final = 256  # bytes held while waiting for the end of a line
_MOST_READS: Final = 16  # of old input, 4 KiB each: the kernel holds no more


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReport:
    """What one line says."""

    values: Mapping[str, float | None] = field(default_factory=dict)
    is_suspect: bool = False  # the device itself doubts what it measures
    is_restart: bool = False  # it has just started and forgot its settings


@dataclass(frozen=True, slots=True, kw_only=True)
class LineModel:
    """What there is to know of one kind of line instrument.

    ``read`` turns one line into a ``LineReport``, or ``None`` if the line does
    not carry the values; it is pure.  ``rated`` is as of a ``ModbusModel``.
    """

    name: str
    title: str
    channels: Mapping[str, str | None]  # channel and the quantity it measures
    ask: bytes  # what makes it send one line of values
    settings: tuple[bytes, ...]  # to be sent after the device has started
    read: Callable[[str], LineReport | None]
    longest_line: int  # characters of a line of values
    rated: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    baudrate: int = 9600
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    timeout_s: float = 1.0
    evidence: Literal["simulator", "manual", "bench", "field"]
    sources: tuple[str, ...]
    quirks: tuple[str, ...] = ()


class LineReader:
    """Whole lines out of bytes as they come; memory is bounded."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[str]:
        """Lines that ``data`` completes, without their ends."""
        *lines, held = (self._held + data).replace(b"\r", b"\n").split(b"\n")
        self._held = held[-_LONGEST_LINE:]
        return [line.decode("ascii", "replace") for line in lines if line]


class LineBus:
    """Owner of a port with one line instrument behind it."""

    def __init__(
        self,
        name: str,
        port: str,
        baudrate: int = 9600,
        parity: Parity = "N",
        stopbits: int = 1,
    ) -> None:
        self.name = name
        self.port = Port(name, port, baudrate, parity, stopbits)

    def open(self) -> None:
        """Open the port unless it is open; raises ``PortGone``."""
        self.port.open()

    def close(self) -> None:
        """Let go of the port; ``open`` takes it again."""
        self.port.close()

    def station(
        self, model: LineModel, address: int, channels: Collection[str]
    ) -> "LineStation":
        """Prepare to ask the instrument; ``address`` has no meaning here."""
        if unknown := set(channels) - model.channels.keys():
            msg = f"{model.name} has no channel {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        return LineStation(self, model)


class LineStation:
    """The instrument behind a port."""

    def __init__(self, bus: LineBus, model: LineModel) -> None:
        self._bus = bus
        self._model = model
        self._opening = 0

    def read(self) -> Answer:
        """Ask for one line of values.

        After the port was opened, and after the instrument says that it has
        started, it is told its settings first.

        Raises
        ------
        PortGone, NoReply, BadFrame
        """
        port = self._bus.port
        port.open()
        if self._opening != port.openings:
            self._tell_settings()
            self._opening = port.openings
        report = self._ask()
        if report.is_restart:
            self._tell_settings()
            report = self._ask()
        if report.is_restart:
            msg = f"bus {port.name}: {self._model.name}: starts again and again"
            raise NoReply(msg)
        return Answer(report.values, report.is_suspect)

    def full_scale(self) -> float | None:
        """No line instrument that is known tells its own."""
        return None

    def _tell_settings(self) -> None:
        for setting in self._model.settings:
            self._bus.port.send(setting)

    def _ask(self) -> LineReport:
        port, model = self._bus.port, self._model
        if self._has_restarted():
            return LineReport(is_restart=True)
        reader, was_line_bad = LineReader(), False
        port.send(model.ask)
        until_s = machine_s() + model.timeout_s + model.longest_line * port.char_s
        while machine_s() < until_s and (data := port.receive(until_s)):
            for line in reader.feed(data):
                report = model.read(line)
                if report is not None:
                    return report
                was_line_bad = was_line_bad or len(line) > 1
        place = f"bus {port.name}: {model.name}"
        if was_line_bad:
            raise BadFrame(f"{place}: no well-formed line")
        raise NoReply(f"{place}: no line in {model.timeout_s:.2f} s")

    def _has_restarted(self) -> bool:
        """Empty the input; whether the instrument announced a start in it."""
        reader, model = LineReader(), self._model
        for _ in range(_MOST_READS):
            data = self._bus.port.receive(machine_s())
            reports = [model.read(line) for line in reader.feed(data)]
            if any(report is not None and report.is_restart for report in reports):
                return True
            if not data:
                break
        return False
