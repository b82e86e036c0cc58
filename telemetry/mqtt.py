"""One MQTT connection, driven by its owner's thread; the home of paho.

The owner calls ``connect``, then ``step`` again and again.  Nothing happens
between: no thread, no queue of paho's, no reconnect behind the owner's back.
Each connection is a new paho client, so nothing is remembered from the last.
"""

import contextlib
import socket
import ssl
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from telemetry.clock import machine_s

Protocol = Literal["auto", "5", "3.1.1"]

CONNECT_S: Final = 10.0  # to TCP, CONNACK and SUBACK together
KEEPALIVE_S: Final = 120  # idle mobile NAT entries live 10 to 15 min
USER_TIMEOUT_MS: Final = 30_000  # half-open TCP is then seen after 30 s, not 92 s
MAX_PACKET: Final = 512 * 1024  # bytes; more than any message of ours
SESSION_S: Final = 3600  # how long a broker may keep an ingest's session


class LinkDown(ConnectionError):
    """The connection is not there, with the reason; weather, to be waited out."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of a TLS connection; all of them PEM."""

    ca: Path | None = None  # None: the system's authorities
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and how to enter."""

    host: str
    port: int = 1883
    protocol: Protocol = "auto"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that arrived."""

    topic: str
    payload: bytes
    retain: bool
    mid: int
    qos: int


class Link:
    """One connection to ``broker`` at a time, owned by one thread."""

    def __init__(
        self,
        broker: Broker,
        *,
        client_id: str,
        subscribe: str,
        will: tuple[str, bytes] | None = None,
        manual_ack: bool = False,
        keep_session: bool = False,
    ) -> None:
        self.broker = broker
        self.arrived: deque[Incoming] = deque()
        self.confirmed: deque[tuple[int, str | None]] = deque()
        """PUBACKs as (mid, reason of refusal or ``None``); they mean no storage."""
        self._client_id = client_id
        self._subscribe = subscribe
        self._will = will
        self._manual_ack = manual_ack
        self._keep_session = keep_session
        self._client: paho.Client | None = None
        self._versions = {
            "auto": [MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311],
            "5": [MQTTProtocolVersion.MQTTv5],
            "3.1.1": [MQTTProtocolVersion.MQTTv311],
        }[broker.protocol]
        self._connack: ReasonCode | None = None
        self._suback: ReasonCode | None = None
        self._gone: str | None = None

    @property
    def is_up(self) -> bool:
        """Whether connected and subscribed, as far as is known."""
        return self._client is not None and self._gone is None

    @property
    def where(self) -> str:
        """``host:port``, for messages."""
        return f"{self.broker.host}:{self.broker.port}"

    def connect(self) -> None:
        """Connect and subscribe, or raise ``LinkDown`` within ``CONNECT_S``.

        With ``protocol = "auto"`` a broker that will not speak MQTT 5 is asked in
        3.1.1, now and by this object from then on.
        """
        for version in list(self._versions):
            with contextlib.suppress(_VersionRefused):
                self._connect(version)
                self._versions = [version]
                return

    def step(self, timeout_s: float) -> None:
        """Move what can be moved, waiting at most ``timeout_s`` for the first byte.

        Raises
        ------
        LinkDown
            The connection has ended.
        """
        if self._client is None:
            raise LinkDown(self._gone or "not connected")
        result = self._client.loop(timeout_s)
        if self._gone is None and result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._gone = paho.error_string(result)
        if self._gone is not None:
            reason = self._gone
            self._drop()
            msg = f"broker {self.where}: {reason}"
            raise LinkDown(msg)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """Send at QoS 1 and return the message id that ``confirmed`` will name."""
        if self._client is None:
            raise LinkDown(self._gone or "not connected")
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._gone = paho.error_string(info.rc)
        return info.mid

    def acknowledge(self, message: Incoming) -> None:
        """Tell the broker that ``message`` is done with (``manual_ack`` only)."""
        if self._client is not None:
            self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        """Disconnect cleanly, so that the will stays unsent."""
        if self._client is not None and self._gone is None:
            self._client.disconnect()
            with contextlib.suppress(OSError):
                self._client.loop(0.1)
        self._drop()

    # --- inside ------------------------------------------------------------

    def _connect(self, version: MQTTProtocolVersion) -> None:
        self._drop()
        self.arrived.clear()
        self.confirmed.clear()
        self._connack = self._suback = self._gone = None
        deadline = machine_s() + CONNECT_S
        try:
            client = self._new_client(version)
            # A v5 session must be asked to outlive the connection.
            options: dict[str, Any] = {}
            if version is MQTTProtocolVersion.MQTTv5:
                properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
                properties.MaximumPacketSize = MAX_PACKET
                if self._keep_session:
                    properties.SessionExpiryInterval = SESSION_S
                options = {
                    "clean_start": not self._keep_session,
                    "properties": properties,
                }
            client.connect(
                self.broker.host, self.broker.port, keepalive=KEEPALIVE_S, **options
            )
        except (OSError, ValueError) as fault:  # ValueError: paho on a bad host
            msg = f"broker {self.where}: {_reason(fault)}"
            raise LinkDown(msg) from None
        self._client = client
        may_be_refused = version is not self._versions[-1]
        if may_be_refused:
            deadline -= CONNECT_S / 2
        self._await("_connack", deadline, version_may_be_refused=may_be_refused)
        if self._connack is not None and self._connack.is_failure:
            reason = str(self._connack)
            self._drop()
            if may_be_refused and reason == "Unsupported protocol version":
                raise _VersionRefused
            msg = f"broker {self.where} refused the connection: {reason}"
            raise LinkDown(msg)
        client.subscribe(self._subscribe, qos=1)
        self._await("_suback", deadline)
        if self._suback is not None and self._suback.is_failure:
            reason = str(self._suback)
            self._drop()
            msg = (
                f"broker {self.where} refused to subscribe {self._subscribe}: {reason}"
            )
            raise LinkDown(msg)

    def _await(
        self, what: str, deadline: float, *, version_may_be_refused: bool = False
    ) -> None:
        while getattr(self, what) is None:
            if machine_s() > deadline:
                self._drop()
                if version_may_be_refused:
                    raise _VersionRefused  # some brokers only fall silent
                msg = f"broker {self.where} did not answer within {CONNECT_S:.0f} s"
                raise LinkDown(msg)
            try:
                self.step(0.2)
            except LinkDown:
                if getattr(self, what) is not None:
                    return  # refused: the code says more than the closing
                if version_may_be_refused:
                    raise _VersionRefused from None
                raise

    def _new_client(self, version: MQTTProtocolVersion) -> paho.Client:
        # A 3.1.1 session has no expiry; it is not asked to stay.
        clean = None if version is MQTTProtocolVersion.MQTTv5 else True
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=clean,
            protocol=version,
            reconnect_on_failure=False,
            manual_ack=self._manual_ack,
        )
        client.connect_timeout = CONNECT_S / 2
        if self.broker.username is not None:
            client.username_pw_set(self.broker.username, self.broker.password)
        if self.broker.tls is not None:
            client.tls_set_context(tls_context(self.broker.tls))
        if self._will is not None:
            client.will_set(self._will[0], self._will[1], qos=1, retain=True)
        client.on_socket_open = _tune
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.on_disconnect = None
            sock = client.socket()
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.close()

    # Callbacks run inside ``step``, in the owner's thread, and only take notes.

    def _on_connect(
        self,
        _client: paho.Client,
        _data: object,
        _flags: object,
        code: ReasonCode,
        *_: object,
    ) -> None:
        self._connack = code

    def _on_subscribe(
        self,
        _client: paho.Client,
        _data: object,
        _mid: int,
        codes: list[ReasonCode],
        *_: object,
    ) -> None:
        self._suback = codes[0]

    def _on_disconnect(
        self,
        _client: paho.Client,
        _data: object,
        _flags: object,
        code: ReasonCode,
        *_: object,
    ) -> None:
        reason = str(code)  # paho says "Unspecified error" of a plain end of stream
        self._gone = "connection lost" if reason == "Unspecified error" else reason

    def _on_message(
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

    def _on_publish(
        self,
        _client: paho.Client,
        _data: object,
        mid: int,
        code: ReasonCode,
        *_: object,
    ) -> None:
        self.confirmed.append((mid, str(code) if code.is_failure else None))


class _VersionRefused(Exception):
    """The broker does not speak this version of MQTT."""


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Read the files; ``OSError`` if one is missing or not what it should be."""
    context = ssl.create_default_context(cafile=tls.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.certificate is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    return context


def _tune(_client: paho.Client, _data: object, sock: Any) -> None:
    if not hasattr(sock, "setsockopt"):
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


def _reason(fault: Exception) -> str:
    if isinstance(fault, OSError) and fault.strerror:
        return fault.strerror
    return str(fault) or type(fault).__name__
