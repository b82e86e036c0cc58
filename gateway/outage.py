"""Whether the buffer's file fails, and when that is worth telling."""

from collections import deque
from typing import Final

from gateway.records import BufferFault, is_damage

FAILURES: Final = 3  # within FAILING_S: then the technician is told
FAILING_S: Final = 600.0


class Outage:
    """From the first fault to the next commit.  Belongs to the recorder's thread."""

    def __init__(self) -> None:
        self.why: str | None = None  # why the file cannot be written
        self.is_damage = False  # what is to be opened again
        self._faults_s: deque[float] = deque(maxlen=FAILURES)
        self._is_told = False

    def failed(self, fault: BufferFault, at_s: float) -> bool:
        """Note a fault at this machine time; whether to tell the technician now."""
        self.why, self.is_damage = str(fault), is_damage(fault)
        self._faults_s.append(at_s)
        if len(self._faults_s) < FAILURES or at_s - self._faults_s[0] >= FAILING_S:
            return False
        self._faults_s.clear()
        was_told, self._is_told = self._is_told, True
        return not was_told

    def ended(self) -> None:
        """It could be written."""
        self.why, self._is_told = None, False
