"""Where the demo shows itself: a live screen, or lines where there is no terminal."""

from typing import Final, Protocol, Self, TextIO

from rich.console import Console
from rich.live import Live

from gateway.demo.count import Report
from gateway.demo.screen import Snapshot, Words, card, line, render, summary

LINE_EVERY_S: Final = 5.0  # a log needs no more


class View(Protocol):
    """Something that shows the chain while it runs, and its outcome."""

    def show(self, now: Snapshot, note: Words) -> None:
        """Show the chain at an instant."""

    def close(self, report: Report) -> None:
        """Show what came of it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def open_view(out: TextIO) -> View:
    """Return the view that fits ``out``."""
    return Screen(Console(file=out)) if out.isatty() else Lines(out)


class Screen:
    """The live screen of a terminal."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, screen=False)

    def show(self, now: Snapshot, note: Words) -> None:
        """Draw anew."""
        self._live.update(render(now, note), refresh=True)

    def close(self, report: Report) -> None:
        """Leave the last screen and put the card under it."""
        self._live.stop()
        self._live.console.print(card(report))

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


class Lines:
    """A log: a line now and then, and whenever the story goes on."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._note: Words | None = None
        self._at_s = 0.0

    def show(self, now: Snapshot, note: Words) -> None:
        """Write a line if it is time for one."""
        if note != self._note or now.at_s - self._at_s >= LINE_EVERY_S:
            self._note, self._at_s = note, now.at_s
            print(line(now, note), file=self._out, flush=True)

    def close(self, report: Report) -> None:
        """Write the outcome."""
        for words in summary(report):
            print(f"{words.vi} · {words.en}", file=self._out, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""
