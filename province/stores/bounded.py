"""A call that is waited for no longer than a bound, whatever it waits for itself.

A socket's timeout begins anew with each byte and knows nothing of the resolver.  So
the call runs in a thread, and one that is late is left alone: writing is idempotent.
"""

import contextlib
import math
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

MOST_LEFT: Final = 8  # late calls that still run; each is a thread and a socket

Result = TypeVar("Result")
Meanwhile = Callable[[], float]
"""Does a little of something else; returns when it wants to be asked again. [s]"""


def nothing() -> float:
    """There is nothing to do meanwhile."""
    return math.inf


class Bounded:
    """Calls of one owner, each within ``limit_s``. [machine s]"""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._late: list[threading.Thread] = []

    def call(
        self, work: Callable[[], Result], meanwhile: Meanwhile = nothing
    ) -> Result:
        """Return what ``work`` returns, or raise what it raises.

        ``meanwhile`` is asked in this thread until then.

        Raises
        ------
        TimeoutError
            It is late, or so many others still are.
        """
        self._late = [thread for thread in self._late if thread.is_alive()]
        if len(self._late) >= MOST_LEFT:
            msg = f"timed out: {MOST_LEFT} earlier requests still wait for an answer"
            raise TimeoutError(msg)
        done: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()
        thread = threading.Thread(target=_run, args=(work, done), daemon=True)
        thread.start()
        until_s = time.monotonic() + self._limit_s
        while (left_s := until_s - time.monotonic()) > 0:
            wait_s = meanwhile()
            with contextlib.suppress(queue.Empty):
                return done.get(timeout=min(wait_s, left_s)).result()
        self._late.append(thread)
        msg = f"timed out: no whole answer within {self._limit_s:g} s"
        raise TimeoutError(msg)


def _run(work: Callable[[], Result], done: "queue.SimpleQueue[Future[Result]]") -> None:
    outcome: Future[Result] = Future()
    try:
        outcome.set_result(work())
    except BaseException as fault:  # noqa: BLE001 - raised where it is waited for
        outcome.set_exception(fault)
    done.put(outcome)
