"""Raw gateways that return at once: ``python -m tests.faults.crowd PORT FIRST COUNT``.

Each says hello, sends a batch after the answer and waits for its acknowledgement.
Prints how many were acknowledged.  Several of these processes make a larger crowd:
paho watches its sockets by ``select``, which knows 1,024 files a process.
"""

import sys
import threading

from telemetry.topics import Identity
from tests.province.gateway import Gateway, lines_of

ROWS = 20
THREADS = 10
WITHIN_S = 90.0


def main(port: int, first: int, count: int) -> int:
    """Let them come, and count."""
    done: list[str] = []
    numbers = iter(range(first, first + count))
    lock = threading.Lock()

    def work() -> None:
        mine = []
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            mine.append(Gateway(port, Identity("htx-moduc", f"g{number}")))
            mine[-1].hello(next_=ROWS + 1)
        for one in mine:
            one.until(lambda one=one: one.answers, WITHIN_S)
            batch = one.send(lines_of(one.identity, 1, ROWS), 1)
            one.until(lambda one=one, batch=batch: batch in one.stored, WITHIN_S)
            done.append(batch)
        for one in mine:
            one.link.close()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(done))
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
