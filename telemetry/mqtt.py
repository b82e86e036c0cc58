"""One MQTT connection, driven by its owner's thread.

The owner calls ``connect``, then ``step`` again and again.  Nothing happens
between: no thread, no queue of paho's, no reconnect behind the owner's back.
Each connection is a new paho client, so nothing is remembered from the last; its
socket is made by ``telemetry.dial``, because paho's own may block for minutes.
"""

import contextlib
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from telemetry import mqtt_reasons
from telemetry.broker import Broker, Incoming, LinkDown, Protocol
from telemetry.clock import machine_s
from telemetry.dial import Dialer, Tls, Unreachable, tls_context, traffic
from telemetry.paho_client import NotingClient

__all__ = ["Broker", "Incoming", "Link", "LinkDown", "Protocol", "Tls", "tls_context"]

CONNECT_S: Final = 10.0  # to CONNACK and SUBACK together, once the socket stands
KEEPALIVE_S: Final = 120  # idle mobile NAT entries live 10 to 15 min
MAX_PACKET: Final = 512 * 1024  # bytes; more than any message of ours
SESSION_S: Final = 3600  # how long a broker may keep an ingest's session
PACKET_HEAD: Final = 10  # bytes of a PUBLISH beside topic and payload, at most:
# type 1, length 4, topic's length 2, message id 2, properties' length 1 (MQTT 5 3.3)


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
        self.gives_up: Callable[[], bool] = lambda: False
        """Asked while ``connect`` waits: once it says so, nobody waits for it."""
        self._client_id = client_id
        self._subscribe = subscribe
        self._will = will
        self._manual_ack = manual_ack
        self._keep_session = keep_session
        self._client: NotingClient | None = None
        self._dialer = Dialer(broker.host, broker.port)
        self._before = self._now = 0  # bytes of earlier connections and of this one
        self._versions = {
            "auto": [MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311],
            "5": [MQTTProtocolVersion.MQTTv5],
            "3.1.1": [MQTTProtocolVersion.MQTTv311],
        }[broker.protocol]

    @property
    def is_up(self) -> bool:
        """Whether connected and subscribed, as far as is known."""
        return self._client is not None and self._client.gone is None

    @property
    def where(self) -> str:
        """``host:port``, for messages."""
        return f"{self.broker.host}:{self.broker.port}"

    @property
    def traffic(self) -> int:
        """Bytes of all connections of this object, both ways, with their headers."""
        return self._before + self._now

    def most_payload(self, topic: str) -> int | None:
        """How large a payload the broker takes on ``topic``, if it has said so."""
        if self._client is None or self._client.largest is None:
            return None
        return max(0, self._client.largest - PACKET_HEAD - len(topic))

    def connect(self) -> None:
        """Connect and subscribe, or raise ``LinkDown`` within a minute.

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
        client = self._client
        if client is None:
            raise LinkDown("not connected")
        result = client.loop(timeout_s)
        self._count()
        if client.gone is None and result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            client.gone = paho.error_string(result)
        if client.gone is not None:
            self._drop()
            met, reason = client.met.fault, client.gone
            why = mqtt_reasons.ended(reason) if met is None else mqtt_reasons.met(met)
            if isinstance(met, TimeoutError):
                reason = mqtt_reasons.TIMED_OUT
            msg = f"broker {self.where}: {why}"
            raise LinkDown(msg, reason=reason)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """Send at QoS 1 and return the message id that ``confirmed`` will name."""
        if self._client is None or self._client.gone is not None:
            raise LinkDown("not connected")
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._client.gone = paho.error_string(info.rc)
        return info.mid

    def acknowledge(self, message: Incoming) -> None:
        """Tell the broker that ``message`` is done with (``manual_ack`` only)."""
        if self._client is not None:
            self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        """Disconnect cleanly, so that the will stays unsent."""
        if self._client is not None and self._client.gone is None:
            self._client.disconnect()
            with contextlib.suppress(OSError):
                self._client.loop(0.1)
        self._drop()

    # --- inside ------------------------------------------------------------

    def _connect(self, version: MQTTProtocolVersion) -> None:
        self._drop()
        client = self._new_client(version)
        # A v5 session must be asked to outlive the connection.
        options: dict[str, Any] = {}
        if version is MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.MaximumPacketSize = MAX_PACKET
            if self._keep_session:
                properties.SessionExpiryInterval = SESSION_S
            options = {"clean_start": not self._keep_session, "properties": properties}
        try:
            client.connect(
                self.broker.host, self.broker.port, keepalive=KEEPALIVE_S, **options
            )
            # At once, without waiting for CONNACK (MQTT 5, 3.1.4): a round trip less.
            client.subscribe(self._subscribe, qos=1)
        except (OSError, ValueError) as fault:  # ValueError: paho on a bad host
            msg = f"broker {self.where}: {mqtt_reasons.met(fault)}"
            has_route = not isinstance(fault, Unreachable)
            raise LinkDown(msg, has_route=has_route) from None
        self._client = client
        self.arrived, self.confirmed = client.arrived, client.confirmed
        deadline = machine_s() + CONNECT_S
        may_be_refused = version is not self._versions[-1]
        if may_be_refused:
            deadline -= CONNECT_S / 2
        self._await("connack", deadline, version_may_be_refused=may_be_refused)
        if client.connack is not None and client.connack.is_failure:
            reason = str(client.connack)
            self._drop()
            if may_be_refused and reason == "Unsupported protocol version":
                raise _VersionRefused
            why = mqtt_reasons.entering(reason)
            msg = f"broker {self.where} refused the connection: {why}"
            raise LinkDown(msg, reason=reason)
        self._await("suback", deadline)
        if client.suback is not None and client.suback.is_failure:
            reason = str(client.suback)
            self._drop()
            why = mqtt_reasons.subscribing(reason, self._subscribe)
            msg = f"broker {self.where}: subscription refused: {why}"
            raise LinkDown(msg, reason=reason)

    def _await(
        self, what: str, deadline: float, *, version_may_be_refused: bool = False
    ) -> None:
        client = self._client
        while getattr(client, what) is None:
            if machine_s() > deadline or self.gives_up():
                self._drop()
                if version_may_be_refused and not self.gives_up():
                    raise _VersionRefused  # some brokers only fall silent
                msg = f"broker {self.where} did not answer within {CONNECT_S:.0f} s"
                raise LinkDown(msg)
            try:
                self.step(0.2)
            except LinkDown:
                if getattr(client, what) is not None:
                    return  # refused: the code says more than the closing
                if version_may_be_refused:
                    raise _VersionRefused from None
                raise

    def _new_client(self, version: MQTTProtocolVersion) -> NotingClient:
        # A 3.1.1 session has no expiry; it is not asked to stay.
        clean = None if version is MQTTProtocolVersion.MQTTv5 else True
        client = NotingClient(
            lambda: self._dialer.dial(self.broker.tls, self.gives_up),
            client_id=self._client_id,
            clean_session=clean,
            protocol=version,
            manual_ack=self._manual_ack,
        )
        if self.broker.username is not None:
            client.username_pw_set(self.broker.username, self.broker.password)
        if self._will is not None:
            client.will_set(self._will[0], self._will[1], qos=1, retain=True)
        return client

    def _count(self) -> None:
        """Note what this connection has cost so far."""
        sock = None if self._client is None else self._client.socket()
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                self._now = traffic(sock)

    def _drop(self) -> None:
        self._count()
        self._before, self._now = self._before + self._now, 0
        client, self._client = self._client, None
        if client is not None:
            client.on_disconnect = None
            sock = client.socket()
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.close()


class _VersionRefused(Exception):
    """The broker does not speak this version of MQTT."""
