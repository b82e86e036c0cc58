"""The service manager's notifications: datagrams to ``$NOTIFY_SOCKET``."""

import os
import socket
from contextlib import suppress


def notify(message: str) -> None:
    """Tell systemd, e.g. ``READY=1``; does nothing outside a unit."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # Linux's abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, suppress(OSError):
        sock.sendto(message.encode(), address)
