"""What writing and judging share: the place, the screen, the page, the way to stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.config import Config
from gateway.demo.words import Words
from gateway.prove.phone import Board, Phone
from gateway.prove.record import Record

FOLDER: Final = "proof"  # beside the buffer, and so on the same card
FILE: Final = "rows.db"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the proof is made: one folder of one gateway, in one boot."""

    config: Config
    boot: str

    @property
    def folder(self) -> Path:
        """Where the rows lie."""
        return self.config.data_dir / FOLDER

    @property
    def file(self) -> Path:
        """The rows."""
        return self.folder / FILE

    def board(self, key: str, record: Record, *, is_asking: bool) -> Board:
        """What the page shows of the round ``key``."""
        return Board(
            gateway=f"{self.config.coop}/{self.config.gateway}",
            boot=self.boot,
            key=key,
            settled=[each.key for each in record.rounds],
            mode="asking" if is_asking else "writing",
        )

    def clear(self) -> None:
        """Remove the rows and what SQLite puts beside them."""
        for each in self.folder.glob(f"{FILE}*"):
            each.unlink()


def show(http: tuple[str, int] | None, board: Board, stack: ExitStack) -> None:
    """Serve the page while the stack lasts, if it is wanted."""
    if http is None:
        return
    host, port = http
    phone = stack.enter_context(Phone(host, port, board))
    where = f"http://{host}:{phone.port}/"
    say(Words(f"trang cho điện thoại: {where}", f"page for a phone: {where}"))


def say(words: Words) -> None:
    """One line for people, in both languages."""
    print(f"{words.vi} · {words.en}", flush=True)


@contextmanager
def stop_by_signal() -> Iterator[threading.Event]:
    """Set by Ctrl-C, by a shutdown in order and by a terminal that goes away."""
    stop = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
