"""paho over a socket of ours, that only takes notes of what happens.

Its callbacks run inside ``loop``, in the owner's thread.  paho tells what it met on
the socket, such as TLS's own words, to a logger alone: that is kept too.
"""

import logging
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from telemetry.broker import Incoming


class NotingClient(paho.Client):
    """One connection; ``dial`` makes its socket."""

    def __init__(self, dial: Callable[[], socket.socket], **given: Any) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2, reconnect_on_failure=False, **given
        )
        self.connack: ReasonCode | None = None
        self.suback: ReasonCode | None = None
        self.gone: str | None = None  # why the connection has ended
        self.largest: int | None = None  # packet that the broker takes, if it said
        self.arrived: deque[Incoming] = deque()
        self.confirmed: deque[tuple[int, str | None]] = deque()
        self.met = _Met()
        self._dial = dial
        self.enable_logger(self.met)
        self.on_connect = self._note_connack
        self.on_subscribe = self._note_suback
        self.on_disconnect = self._note_end
        self.on_message = self._note_message
        self.on_publish = self._note_puback

    def _create_socket(self) -> socket.socket:
        return self._dial()

    def _note_connack(
        self,
        _client: paho.Client,
        _data: object,
        _flags: object,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self.connack = code
        self.largest = getattr(properties, "MaximumPacketSize", None)

    def _note_suback(
        self,
        _client: paho.Client,
        _data: object,
        _mid: int,
        codes: list[ReasonCode],
        *_: object,
    ) -> None:
        self.suback = codes[0]

    def _note_end(
        self,
        _client: paho.Client,
        _data: object,
        _flags: object,
        code: ReasonCode,
        *_: object,
    ) -> None:
        reason = str(code)  # paho says "Unspecified error" of a plain end of stream
        self.gone = "connection lost" if reason == "Unspecified error" else reason

    def _note_message(
        self, _client: paho.Client, _data: object, message: paho.MQTTMessage
    ) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""  # nobody's topic: the owner will pass over it
        self.arrived.append(
            Incoming(
                topic, bytes(message.payload), message.retain, message.mid, message.qos
            )
        )

    def _note_puback(
        self,
        _client: paho.Client,
        _data: object,
        mid: int,
        code: ReasonCode,
        *_: object,
    ) -> None:
        self.confirmed.append((mid, str(code) if code.is_failure else None))


class _Met(logging.Logger):
    """The last fault that paho met on its socket; nothing is printed."""

    def __init__(self) -> None:
        super().__init__("paho", logging.ERROR)
        self.fault: OSError | None = None

    def handle(self, record: logging.LogRecord) -> None:
        """Keep the fault."""
        for given in record.args or ():
            if isinstance(given, OSError):
                self.fault = given
