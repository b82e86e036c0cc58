"""A worker: one thread that owns one resource, runs bounded steps and is watched.

Weather (``OSError``) and bugs both end a step; the worker waits and goes on.  A
bug is logged with its traceback, and too many of them end the process, so that
systemd starts it clean.
"""

import logging
import random
import threading
from collections import deque
from typing import Final, Protocol

from telemetry.clock import machine_s

log = logging.getLogger(__name__)

BUGS_MAX: Final = 5  # within BUGS_WITHIN_S: then the process gives up
BUGS_WITHIN_S: Final = 600.0


class Work(Protocol):
    """What a worker drives."""

    name: str
    patience_s: float  # a step that takes longer is a hang

    def step(self, stop: threading.Event) -> None:
        """Do one bounded piece of work; return soon after ``stop`` is set."""

    def close(self) -> None:
        """Let go of the resource; called once, in the worker's thread."""


class Backoff:
    """Growing waits with full jitter: uniform between 0 and the present bound."""

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._bound_s = first_s

    def next_s(self, most_s: float | None = None) -> float:
        """Return how long to wait now, within ``most_s`` if that is given. [s]"""
        most_s = self._most_s if most_s is None else most_s
        bound = min(self._bound_s, most_s)
        self._bound_s = min(bound * 2, most_s)
        return random.uniform(0, bound)  # noqa: S311 - spreads load, guards nothing

    def reset(self) -> None:
        """Begin again: it worked."""
        self._bound_s = self._first_s


class Worker:
    """A thread around ``work``, with a heartbeat."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.stop = threading.Event()
        self.failed = False  # gave up after too many bugs
        self.beat_s = machine_s()
        # Daemonic: a thread that will not stop must not keep the process.
        self._thread = threading.Thread(target=self._run, name=work.name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self.beat_s = machine_s()
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; whether it came."""
        self._thread.join(max(0.0, timeout_s))
        return not self._thread.is_alive()

    @property
    def hangs(self) -> bool:
        """Whether the present step has outlasted the worker's patience."""
        late = machine_s() - self.beat_s > self.work.patience_s
        return late and self._thread.is_alive()

    def _run(self) -> None:
        bugs: deque[float] = deque(maxlen=BUGS_MAX)
        backoff = Backoff(1.0, 30.0)
        while not self.stop.is_set():
            self.beat_s = machine_s()
            try:
                self.work.step(self.stop)
                backoff.reset()
            except OSError as weather:
                wait_s = backoff.next_s()
                log.warning("%s: %s; again in %.0f s", self.work.name, weather, wait_s)
                self._rest(wait_s)
            except Exception:  # the one place that may
                log.exception("%s: bug", self.work.name)
                bugs.append(machine_s())
                if len(bugs) == BUGS_MAX and bugs[-1] - bugs[0] < BUGS_WITHIN_S:
                    self.failed = True
                    break
                self._rest(backoff.next_s())
        try:
            self.work.close()
        except OSError as weather:
            log.warning("%s: closing: %s", self.work.name, weather)
        except Exception:  # the thread ends here in any case
            log.exception("%s: bug in closing", self.work.name)

    def _rest(self, wait_s: float) -> None:
        until = machine_s() + wait_s
        while not self.stop.wait(min(1.0, max(0.0, until - machine_s()))):
            self.beat_s = machine_s()
            if machine_s() >= until:
                return
