"""Field time that waits for the gateway: one row, one poll, the next row.

A row sets the registers, then field time.  The next row follows when every
device whose tick is due has been asked all that its driver asks for, and the
answers are on the wire; a question that is put twice does no harm.  A refusal
ends a device's turn, because the driver then asks that device nothing more.

Ticks follow the poller's grid: a device is first due at the first row and then
every period.  Where a row comes later than one period the gateway notes the
ticks between as missing, as it does in the field.  A row that falls between two
ticks of every device is not polled at all; such rows are counted.

A gap is what the device has for it: a register's word for "no value", a broken
wire in a current loop.  A device that has neither refuses with exception 4, and
then all its values of that row are missing at the gateway.

With ``hold`` the first row stands until ``release``.  Gateway and province then
tell each other the time while it stands still; an answer that came a row late
would be wrong by the row's step.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from drivers.poller import Device
from drivers.registers import ModbusModel
from drivers.rtu import REFUSAL_BIT, crc
from drivers.sim.devices import Values
from drivers.sim.inverse import can_show, channel_value, is_broken
from drivers.sim.rows import Row
from drivers.spans import Span, plan, span_of
from telemetry.clock import SteppedClock


@dataclass(slots=True)
class Report:
    """What a replay has done.

    ``cells`` had a value, ``gaps`` had none.  Of the cells ``not_representable``
    did not fit their register and ``withheld`` were lost because their device had
    to refuse for a neighbour's sake.  ``between_ticks`` and ``given_up`` count
    rows: those that nobody was due to ask for, and those not asked for in time.
    ``unread`` lists device and UTC [ms] of answers that came too late for the
    gateway, as they may on a busy machine: a question that is not of the driver's
    plan is its way to find out where a device stands after a silence.
    """

    rows: int = 0
    cells: int = 0
    gaps: int = 0
    passed_over: int = 0
    not_representable: int = 0
    withheld: int = 0
    between_ticks: int = 0
    given_up: int = 0
    unread: list[tuple[str, int]] = field(default_factory=list)


def questions(device: Device) -> frozenset[bytes]:
    """Frames of the requests that the driver puts in one poll.

    Raises
    ------
    ValueError
        The device does not speak Modbus.
    """
    if not isinstance(device.model, ModbusModel):
        msg = f"{device.name}: {device.model.name} cannot be replayed in step"
        raise ValueError(msg)
    spans = plan(device.model, device.channels)
    return frozenset(_frame(device.address, device.model, span) for span in spans)


def aside(device: Device) -> bytes | None:
    """Frame by which the driver asks for the full scale, in no poll and any time."""
    model = device.model
    if not isinstance(model, ModbusModel) or model.full_scale is None:
        return None
    return _frame(device.address, model, span_of(model.full_scale))


def _frame(address: int, model: ModbusModel, span: Span) -> bytes:
    frame = bytes((address, model.function))
    frame += span.start.to_bytes(2, "big") + span.count.to_bytes(2, "big")
    return frame + crc(frame)


class Lockstep:
    """Feeds ``rows`` to devices and moves ``clock``; called by the bus threads."""

    def __init__(
        self,
        rows: Iterator[Row],
        devices: Sequence[Device],
        *,
        hold: bool = False,
    ) -> None:
        self.report = Report()
        self.first_is_asked = threading.Event()
        self.over = threading.Event()
        self.fault: ValueError | None = None  # what ended it early
        self.utc_ms = 0  # of the row in hand
        self._hold = hold
        self._rows = rows
        self._devices = devices
        self._clock: SteppedClock | None = None
        self._lock = threading.Lock()
        self._values: dict[str, Values] = {device.name: {} for device in devices}
        self._questions = {device.name: questions(device) for device in devices}
        self._asides = {device.name: aside(device) for device in devices}
        self._open: dict[str, set[bytes]] = {}
        self._due_ms = dict.fromkeys(self._values, 0)
        self._begin_ms: int | None = None
        self._told_ms: dict[str, int] = {}  # row that a device has told last

    def start(self, clock: SteppedClock) -> None:
        """Set the first row; ``clock`` stands at its instant already."""
        with self._lock:
            self._clock = clock
            self._next()

    def values(self, name: str) -> Values:
        """Channel values of a device, for the slave that plays it."""
        return self._values[name]

    def told(self, name: str, frame: bytes, answer: bytes) -> None:
        """``answer`` to ``frame`` is on the wire."""
        with self._lock:
            if frame == self._asides[name] and frame not in self._questions[name]:
                return
            left = self._open.get(name, set())
            if frame not in self._questions[name] and name in self._told_ms:
                self.report.unread.append((name, self._told_ms.pop(name)))
            if frame not in left:
                return
            left.discard(frame)
            if answer[1] & REFUSAL_BIT:
                left.clear()
                self._told_ms.pop(name, None)  # the driver doubts it, read or not
            elif not left:
                self._told_ms[name] = self.utc_ms
            if not left:
                del self._open[name]
                self._go_on()

    def release(self) -> None:
        """Let the rows behind the first one come."""
        with self._lock:
            self._hold = False
            self._go_on()

    def waits_for(self) -> list[str]:
        """Devices that have not been asked for the row in hand."""
        with self._lock:
            return sorted(self._open)

    def give_up(self) -> None:
        """Go on although devices have not been asked."""
        with self._lock:
            self.report.given_up += 1
            self._next()

    def _go_on(self) -> None:
        if self._open:
            return
        self.first_is_asked.set()
        if not self._hold:
            self._next()

    def _next(self) -> None:
        """Set rows until one is due to be asked for, or none is left."""
        self._open = {}
        while not self._open:
            try:
                row = next(self._rows, None)
            except ValueError as fault:  # of the user's: a file or a map
                self.fault, row = fault, None
            if row is None:
                self.over.set()
                return
            self._set(row)
            self.report.between_ticks += not self._open

    def _set(self, row: Row) -> None:
        if self._begin_ms is None:
            self._begin_ms = row.utc_ms
        since_ms = row.utc_ms - self._begin_ms
        self.report.rows += 1
        for device in self._devices:
            self._values[device.name] = self._show(device, row)
            if since_ms >= self._due_ms[device.name]:
                tick = since_ms // device.period_ms
                self._due_ms[device.name] = (tick + 1) * device.period_ms
                self._open[device.name] = set(self._questions[device.name])
        self.utc_ms = row.utc_ms
        if self._clock is not None:
            self._clock.advance(row.utc_ms)

    def _show(self, device: Device, row: Row) -> Values:
        """Values of a device's channels in ``row``, counted."""
        values: dict[str, float | None] = {}
        report, told, is_refused = self.report, 0, False
        for outlet in device.outlets:
            value = row.values.get((outlet.sensor, outlet.quantity))
            shown = channel_value(outlet, value)
            fits = can_show(device.model, outlet.channel, shown)
            if value is None:
                report.gaps += 1
            else:
                report.cells += 1
                if fits and not is_broken(outlet, shown):
                    told += 1
                else:
                    report.not_representable += 1
                    shown = channel_value(outlet, None)
                    fits = can_show(device.model, outlet.channel, shown)
            is_refused |= not fits
            values[outlet.channel] = shown
        if is_refused:
            report.withheld += told
        return values
