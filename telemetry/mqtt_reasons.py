"""What a broker's reason means to the people of a gateway: fact and remedy.  Pure."""

import ssl
from typing import Final

from telemetry.mqtt_faults import why_tls

NOT_AUTHORIZED: Final = "Not authorized"  # MQTT 5 0x87, as paho spells it
TOO_LARGE: Final = "Packet too large"  # 0x95
TIMED_OUT: Final = "Timed out"  # TCP_USER_TIMEOUT: the network's fault, no size's
KEEPALIVE: Final = "Keep alive timeout"  # 0x8d, and what paho says of its own
NOBODY_LISTENS: Final = "No matching subscribers"  # 0x10: the province may come later

_ENTRY: Final = "check username, password or certificate, and the account at the broker"

_AT_THE_DOOR: Final = {
    NOT_AUTHORIZED: _ENTRY,
    "Bad user name or password": _ENTRY,
    "Bad authentication method": _ENTRY,
    "Banned": "the broker's operator has shut this gateway out; ask there",
    "Client identifier not valid": "the broker's rules on client ids are too narrow",
    "Unsupported protocol version": 'try protocol = "3.1.1" under [uplink]',
    "Retain not supported": "the broker must allow retained messages",
    "QoS not supported": "the broker must allow QoS 1",
}
"""CONNACK, MQTT 5 section 3.2.2.2; those of 3.1.1 have the same names in paho."""

_ON_THE_WAY: Final = {
    "Session taken over": "another client uses this name: is it installed twice?",
    TOO_LARGE: "the broker's max_packet_size is small; gateways make batches smaller",
    "Administrative action": "the broker's operator has ended the connection",
    "Server shutting down": "the broker is being stopped or started anew",
    KEEPALIVE: "the link is too slow or stalls",
    "Server busy": "the broker is overloaded",
    "Server unavailable": "the broker is overloaded or starting",
    "Quota exceeded": "the broker limits how much this gateway may send",
    "Message rate too high": "the broker limits how much this gateway may send",
    "Connection rate exceeded": "the broker limits how often one may connect",
    "Use another server": "set host under [uplink] to the broker's new name",
    "Server moved": "set host under [uplink] to the broker's new name",
}
"""DISCONNECT and CONNACK, MQTT 5 sections 3.14.2.1 and 3.2.2.2."""


def entering(reason: str) -> str:
    """Why the broker refused the connection, with the remedy where there is one.

    >>> entering("Banned")
    "Banned: the broker's operator has shut this gateway out; ask there"
    """
    return _with_remedy(reason, _AT_THE_DOOR | _ON_THE_WAY)


def ended(reason: str) -> str:
    """Why the broker ended the connection."""
    return _with_remedy(reason, _ON_THE_WAY)


def subscribing(reason: str, topic: str) -> str:
    """Why the broker refused a subscription."""
    return f"{reason}: the broker's access rules must let this account read {topic}"


def publishing(reason: str, topic: str) -> str:
    """Why the broker refused a message.

    >>> publishing("Not authorized", "canhdong/v1/a/g1/up/z").partition(": ")[0]
    'Not authorized'
    """
    if reason == NOT_AUTHORIZED:
        return (
            f"{reason}: the broker's access rules must let this account write {topic}"
        )
    return f"{_with_remedy(reason, _ON_THE_WAY)} ({topic})"


def met(fault: Exception) -> str:
    """What stood in the way of a connection, or ended it."""
    if clock := why_tls(fault):
        return clock
    if isinstance(fault, ssl.SSLCertVerificationError):
        return str(fault)
    if isinstance(fault, OSError) and fault.strerror:
        return fault.strerror
    return str(fault) or type(fault).__name__


def _with_remedy(reason: str, remedies: dict[str, str]) -> str:
    remedy = remedies.get(reason)
    return f"{reason}: {remedy}" if remedy else reason
