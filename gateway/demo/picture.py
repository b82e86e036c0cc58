"""The demo's screen as a picture: the last one before the end, as SVG."""

import io
import re
from pathlib import Path
from typing import Final, Self

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from gateway.demo.card import Ending
from gateway.demo.plan import STOPPING
from gateway.demo.screen import WIDTH, Snapshot, render
from gateway.demo.view import View
from gateway.demo.words import Words

# A picture in a document must not ask a server for its font.
FORMAT: Final = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.S)


class Picture:
    """Another view, and a file that keeps what it showed."""

    def __init__(self, view: View, path: Path) -> None:
        self._view = view
        self._path = path
        self._last: tuple[Snapshot, Words] | None = None

    def show(self, now: Snapshot, note: Words) -> None:
        """Show it, and remember it while the story runs."""
        self._view.show(now, note)
        if note != STOPPING:
            self._last = now, note

    def close(self, ending: Ending) -> None:
        """Write the file."""
        self._view.close(ending)
        if self._last is not None:
            self._path.write_text(svg(*self._last), encoding="utf-8")

    def __enter__(self) -> Self:
        self._view.__enter__()
        return self

    def __exit__(self, *how: object) -> None:
        self._view.__exit__(*how)


def svg(now: Snapshot, note: Words) -> str:
    """The screen at one instant."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(render(now, note))
    return console.export_svg(title="make demo", code_format=FORMAT)
