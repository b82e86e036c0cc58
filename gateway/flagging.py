"""What becomes of a reading before it has a number: its flag, and a counter's total."""

from collections.abc import Mapping

from gateway.records import Channel, Counter
from gateway.totals import Totals
from rules.quality import live
from rules.quality.stream import Stream
from telemetry import wire
from telemetry.quantity import Kind
from telemetry.reading import Flag, Reading


class Flagging:
    """The live checks of every channel, and the counters' totals."""

    def __init__(
        self,
        channels: Mapping[tuple[str, str], Channel],
        counters: Mapping[str, Counter],
    ) -> None:
        """Begin with the ``counters`` that the buffer has on record, by head."""
        self.shifted: dict[str, Counter] = {}  # to be put on record
        self._channels = channels
        self._streams = {
            key: Stream(channel.checks or live.checks(channel.quantity))
            for key, channel in channels.items()
        }
        self._totals = Totals()
        for channel in channels.values():
            if channel.quantity.kind is Kind.COUNTER and channel.head in counters:
                known = counters[channel.head]
                self._totals.load(channel.head, known, channel.per_count)

    def take(self, reading: Reading) -> tuple[str, float | None, Flag]:
        """Head, value and flag of a reading as they are stored."""
        key = reading.sensor, reading.quantity
        channel = self._channels[key]
        value, flag = reading.value, reading.flag
        if value is None:
            return channel.head, None, flag
        if not abs(value) < wire.MAX_VALUE:  # nor NaN
            return channel.head, None, Flag.MISSING
        if channel.quantity.kind is Kind.COUNTER:
            value = self._total(channel, value)
        checked = self._streams[key].feed(reading.boot_ms, value)
        flag = checked if flag is Flag.UNCHECKED else max(flag, checked)
        return channel.head, value, flag

    def counters(self) -> Mapping[str, Counter]:
        """Every counter as it stands."""
        return self._totals.records()

    def _total(self, channel: Channel, raw: float) -> float:
        head = channel.head
        value, is_shifted = self._totals.add(
            head, raw, channel.counter_bits, channel.per_count
        )
        if is_shifted:
            self.shifted[head] = self._totals.record(head)
        return value
