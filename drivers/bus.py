"""The seam between the poller and what it polls through.

A *bus* owns one port.  A *station* is one device on it, with the questions that
fetch the wanted channels.  The faults are weather: ``OSError`` and its children.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class PortGone(OSError):
    """The port cannot be opened or has been unplugged; no device was at fault."""


class NoReply(OSError):
    """The device kept silent."""


class BadFrame(OSError):
    """Bytes came, but no answer could be made of them."""


class Refused(OSError):
    """The device answered with a Modbus exception, ``code``."""

    def __init__(self, place: str, code: int) -> None:
        self.code = code
        super().__init__(f"{place} refused with exception {code}")


@dataclass(frozen=True, slots=True)
class Answer:
    """Values by channel, ``None`` where the device has none."""

    values: Mapping[str, float | None]
    is_suspect: bool = False  # the device itself doubts them


class Station(Protocol):
    """One device on a bus."""

    def read(self) -> Answer:
        """Ask for the channels once.

        Raises
        ------
        PortGone, NoReply, BadFrame, Refused
        """

    def full_scale(self) -> float | None:
        """Ask how much the device can show, in the unit of its value.

        ``None`` if it does not tell.  Raises as ``read`` does.
        """


class Bus(Protocol):
    """Owner of one port."""

    @property
    def name(self) -> str:
        """Name in the config."""

    def open(self) -> None:
        """Open the port unless it is open; raises ``PortGone``."""

    def close(self) -> None:
        """Let go of the port; ``open`` takes it again."""

    def station(self, model: Any, address: int, channels: Collection[str]) -> Station:
        """Prepare to ask the device at ``address`` for ``channels``.

        ``model`` is of the kind that the bus speaks; a config check sees to it.
        """
