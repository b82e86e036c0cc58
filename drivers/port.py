"""One serial port, or a socket to one, and Modbus RTU's timing on it.

``Port`` owns the pyserial object: it opens lazily, backs off, and turns every
trouble into ``PortGone``.  ``RtuPort`` is what minimalmodbus is given as its
port: it keeps the silence between frames and reads through a ``FrameReader``.

A sleeping process costs nothing, a waking one some 50 µs.  So the time that the
bytes need on the wire is slept through, and they are read in one go.
"""

import contextlib
import logging
import os
import select
import termios
import time
from typing import Final, Literal

import serial

from drivers.bus import BadFrame, PortGone
from drivers.rtu import FrameReader, Skipped
from telemetry.clock import machine_s

log = logging.getLogger(__name__)

Parity = Literal["N", "E", "O"]

SILENCE_CHARS: Final = 3.5  # Modbus over serial line V1.02, 2.5.1.1
SHORTEST_SILENCE_S: Final = 0.00175  # the same, above 19200 baud
FAST_BAUD: Final = 19200
_WRITE_S: Final = 2.0  # for the kernel to take a request; longer, and it is stuck
_RETRY_S: Final = (1.0, 30.0)  # first and longest wait before opening again
_NEVER_SILENT_CHARS: Final = 512  # twice the longest frame
_READ_BYTES: Final = 4096
_EARLY: Final = 0.9  # of the least thinking time is slept through, not watched


def char_s(baudrate: int, parity: Parity, stopbits: int) -> float:
    """Time of one character on the wire: start, 8 data, parity, stop. [s]"""
    return (9 + (parity != "N") + stopbits) / baudrate


def silence_s(baudrate: int, parity: Parity, stopbits: int) -> float:
    """Least time between two frames. [s]"""
    silence = SILENCE_CHARS * char_s(baudrate, parity, stopbits)
    return max(silence, SHORTEST_SILENCE_S) if baudrate > FAST_BAUD else silence


class Port:
    """Owner of one serial port, or of a connection ``socket://host:port``.

    ``openings`` counts how often it was opened: a reader that sees it change
    knows that older answers may still be under way.
    """

    def __init__(
        self, name: str, url: str, baudrate: int, parity: Parity, stopbits: int
    ) -> None:
        self.name = name
        self.url = url
        self.baudrate = baudrate
        self.parity = parity
        self.stopbits = stopbits
        self.openings = 0
        self.char_s = char_s(baudrate, parity, stopbits)
        self.silence_s = silence_s(baudrate, parity, stopbits)
        self._serial: serial.SerialBase | None = None
        self._wait_s = _RETRY_S[0]
        self._retry_at_s = 0.0
        self._is_missed = False  # told that it is gone

    @property
    def is_open(self) -> bool:
        """Whether the port is held."""
        return self._serial is not None

    def open(self) -> None:
        """Open the port unless it is open.

        Raises
        ------
        PortGone
            It cannot be opened, or it is too early to try again.
        """
        if self._serial is not None:
            return
        if machine_s() < self._retry_at_s:
            msg = f"bus {self.name}: {self.url} is gone"
            raise PortGone(msg)
        try:
            self._serial = serial.serial_for_url(
                self.url,
                baudrate=self.baudrate,
                parity=self.parity,
                stopbits=self.stopbits,
                timeout=0,
                write_timeout=_WRITE_S,
                exclusive=True,
            )
        except (OSError, termios.error) as fault:  # the second is no OSError
            raise self._gone(fault) from fault
        self.openings += 1
        self._wait_s = _RETRY_S[0]
        if self._is_missed:
            log.info("bus %s: %s is back", self.name, self.url)
        self._is_missed = False

    def close(self) -> None:
        """Let go of the port."""
        if self._serial is not None:
            with contextlib.suppress(OSError):  # an unplugged device may say EIO
                self._serial.close()
            self._serial = None

    def send(self, data: bytes) -> None:
        """Hand ``data`` to the kernel; the wire needs its time after that."""
        port = self._held
        try:
            sent = os.write(port.fileno(), data)  # cheaper than pyserial's own
            if sent < len(data):
                port.write(data[sent:])
        except OSError as fault:
            raise self._gone(fault) from fault

    def receive(self, until_s: float) -> bytes:
        """What has come, else what comes first before ``until_s``, else nothing."""
        port = self._held
        try:
            wait_s = max(0.0, until_s - machine_s())
            ready, _, _ = select.select([port.fileno()], [], [], wait_s)
            if not ready:
                return b""
            # pyserial's own read would select twice more
            data = os.read(port.fileno(), _READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as fault:
            raise self._gone(fault) from fault
        if not data:
            raise self._gone(OSError("end of file"))
        return data

    @property
    def _held(self) -> serial.SerialBase:
        if self._serial is None:
            msg = f"bus {self.name}: {self.url} is not open"
            raise PortGone(msg)
        return self._serial

    def _gone(self, fault: Exception) -> PortGone:
        """Close, and say once what is the matter."""
        self.close()
        wait_s, self._wait_s = self._wait_s, min(self._wait_s * 2, _RETRY_S[1])
        self._retry_at_s = machine_s() + wait_s
        msg = f"bus {self.name}: {self.url} is gone; is it plugged in and free?"
        if not self._is_missed:
            log.warning("%s  retry in %.0f s (%s)", msg, wait_s, fault)
        self._is_missed = True
        return PortGone(msg)


class RtuPort:
    """The port that minimalmodbus sees: one request out, one answer in.

    After ``read``, ``frame`` is the answer or refusal (``None``: neither came),
    ``skipped`` what came besides and ``latency_s`` how long the device thought.
    """

    # minimalmodbus would sleep by its own reckoning: here the silence is kept
    # already, and at this rate it finds nothing left to wait for.
    baudrate = 10_000_000

    def __init__(self, port: Port) -> None:
        self.timeout_s = 1.0  # from the request's end to the answer's first byte
        self.least_s = 0.0  # what the device takes of that at least
        self.frame: bytes | None = None
        self.skipped = Skipped()
        self.latency_s = 0.0
        self._port = port
        self._reader = FrameReader(bytes(8))
        self._last_at_s = 0.0  # machine time of the last byte on the line

    @property
    def port(self) -> str:
        """Name under which minimalmodbus remembers when it last read."""
        return self._port.url

    @property
    def is_open(self) -> bool:
        """Whether the port is held."""
        return self._port.is_open

    def open(self) -> None:
        """Open the port unless it is open; raises ``PortGone``."""
        self._port.open()

    def close(self) -> None:
        """Let go of the port."""
        self._port.close()

    def _hush(self) -> None:
        """Wait until the line has been silent for 3.5 characters.

        What comes meanwhile belongs to no question and is dropped.

        Raises
        ------
        BadFrame
            Somebody talks without end.
        """
        never_silent_s = max(_NEVER_SILENT_CHARS * self._port.char_s, 0.1)
        give_up_s = machine_s() + never_silent_s
        while self._port.receive(self._last_at_s + self._port.silence_s):
            self._last_at_s = machine_s()
            if self._last_at_s > give_up_s:
                msg = f"bus {self._port.name}: the line is never silent"
                raise BadFrame(msg)

    def write(self, request: bytes) -> None:
        """Send ``request`` after the silence that is due."""
        self.frame = None
        self._reader = FrameReader(request)
        self.skipped = self._reader.skipped
        self._hush()
        sent_at_s = machine_s()
        self._port.send(request)
        # a pseudo-terminal and a USB adapter take the bytes at once
        self._last_at_s = sent_at_s + len(request) * self._port.char_s

    def read(self, size: int) -> bytes:
        """Return the answer of ``size`` bytes, a refusal, or nothing in time."""
        port, reader, asked_at_s = self._port, self._reader, self._last_at_s
        answer_s = size * port.char_s
        deadline_s = asked_at_s + self.timeout_s + answer_s
        # What is left is some tenth of a millisecond, which select waits for: a
        # process that slept longer wakes with cold caches.  The device keeps a
        # silence, too.
        whole_s = asked_at_s + max(port.silence_s, _EARLY * self.least_s) + answer_s
        _sleep_until(min(deadline_s, whole_s))
        frame = None
        while frame is None:
            data = port.receive(deadline_s)
            now_s = machine_s()
            if data:
                self._last_at_s = now_s
                frame = reader.feed(data)
            if frame is None:
                if now_s >= deadline_s:
                    frame = reader.settle()
                    break
                _sleep_until(
                    min(deadline_s, now_s + (reader.missing - 1) * port.char_s)
                )
        self.frame = frame
        if frame is None:
            return b""
        self.latency_s = max(0.0, self._last_at_s - answer_s - asked_at_s)
        return frame


def _sleep_until(at_s: float) -> None:
    left_s = at_s - machine_s()
    if left_s > 0:
        time.sleep(left_s)
