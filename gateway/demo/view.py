"""Where the demo shows itself: a live screen, or lines where there is no terminal."""

from typing import Final, Protocol, Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from gateway.demo.card import Ending, card, lines, next_commands
from gateway.demo.screen import Snapshot, line, render
from gateway.demo.words import Words
from telemetry.clock import machine_s

LINE_EVERY_S: Final = 5.0  # a log needs no more


class View(Protocol):
    """Something that shows the chain while it runs, and its outcome."""

    def show(self, now: Snapshot, note: Words) -> None:
        """Show the chain at an instant."""

    def close(self, ending: Ending) -> None:
        """Show what came of it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def open_view(out: TextIO, keys: str = "") -> View:
    """Return the view that fits ``out``; ``keys`` may be pressed."""
    return Screen(Console(file=out), keys) if out.isatty() else Lines(out)


class Screen:
    """The live screen of a terminal."""

    def __init__(self, console: Console, keys: str = "") -> None:
        self._keys = keys
        self._live = Live(console=console, auto_refresh=False, screen=False)

    def show(self, now: Snapshot, note: Words) -> None:
        """Draw anew."""
        self._live.update(render(now, note, self._keys), refresh=True)

    def close(self, ending: Ending) -> None:
        """Leave the last screen and put the card under it."""
        self._live.stop()
        self._live.console.print(card(ending))
        for command in next_commands(ending):
            self._live.console.print(Text(command), soft_wrap=True)

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
        self._at_s = -LINE_EVERY_S

    def show(self, now: Snapshot, note: Words) -> None:
        """Write a line if it is time for one."""
        now_s = machine_s()
        if note != self._note or now_s - self._at_s >= LINE_EVERY_S:
            self._note, self._at_s = note, now_s
            print(line(now, note), file=self._out, flush=True)

    def close(self, ending: Ending) -> None:
        """Write the outcome."""
        for text in lines(ending):
            print(text, file=self._out, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""
