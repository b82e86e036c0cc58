"""A page that explains an alert, as plain text or as one sheet of A4.  Pure.

What comes from outside is escaped where it enters the sheet.
"""

import textwrap
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from rules.explain_words import Page, Row, Section

WIDTH: Final = 88  # of a terminal, in letters
VALUES_AT: Final = 58  # column at which the values of conditions stand
WORDS: Final = {
    "vi": "Canhdong giải thích từ số liệu còn giữ ở trạm",
    "en": "Explained by Canhdong from what the gateway still holds",
}


def as_text(page: Page) -> str:
    """For a terminal."""
    return "\n".join(_lines(page))


def as_html(page: Page, picture: str = "") -> str:
    """One sheet that needs nothing but itself; ``picture`` is an SVG."""
    text = files("rules").joinpath("explain.html").read_text("utf-8")
    return Template(text).substitute(
        language=page.language,
        code=escape(page.code),
        heading=escape(page.heading),
        title=escape(page.title),
        where=escape(page.where),
        notes="".join(f"<p class='note'>{escape(note)}</p>" for note in page.notes),
        facts="".join(_pair(*each) for each in page.facts),
        words="".join(_said(*each) for each in page.words),
        picture=picture,
        sections=_tables(page.sections),
        foot=WORDS[page.language],
    )


# --- plain text ------------------------------------------------------------------


def _lines(page: Page) -> Iterator[str]:
    yield f"{page.code}  {page.title}"
    yield f"     {page.where}"
    for note in page.notes:
        yield from _wrapped("  !  ", note)
    yield ""
    widest = max(len(label) for label, _ in page.facts)
    for label, fact in page.facts:
        yield from _wrapped(f"  {label:<{widest}}  ", fact)
    for label, said in page.words:
        yield ""
        yield f"{label}:"
        yield from _wrapped("  ", said)
    for section in page.sections:
        yield ""
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    columns = "".join(f"{name:>15}" for name in section.head[1:])
    yield f"{section.heading + ':':<{VALUES_AT}}{columns}".rstrip()
    for row in section.rows:
        yield from _row(row, is_condition=bool(section.head))


def _row(row: Row, *, is_condition: bool) -> Iterator[str]:
    first, *rest = row.cells
    begin = "  " + "  " * row.depth
    if is_condition:
        *above, last = _wrapped(begin, first, VALUES_AT)
        yield from above
        yield f"{last:<{VALUES_AT}}{''.join(f'{value:>15}' for value in rest)}"
        return
    yield from _wrapped(begin, f"{first}  {rest[0]}".rstrip())
    if source := " ".join(rest[1:]):
        yield from _wrapped("      ", source)


def _wrapped(begin: str, said: str, width: int = WIDTH) -> list[str]:
    indent = " " * len(begin)
    found = textwrap.wrap(
        said, width, initial_indent=begin, subsequent_indent=indent,
        break_on_hyphens=False,
    )  # fmt: skip
    return found or [begin.rstrip()]


# --- the sheet -------------------------------------------------------------------


def _pair(label: str, fact: str) -> str:
    return f"<div><dt>{escape(label)}</dt><dd>{escape(fact)}</dd></div>"


def _said(label: str, said: str) -> str:
    return f"<p class='said'><b>{escape(label)}:</b> {escape(said)}</p>"


def _tables(sections: tuple[Section, ...]) -> str:
    """Conditions in one table, since they share their columns; then the others."""
    conditions = [each for each in sections if each.head]
    rows = "".join(map(_conditions, conditions))
    first = f"<table class='conditions'>{rows}</table>" if rows else ""
    others = (_table(each) for each in sections if not each.head)
    return first + "".join(others)


def _conditions(section: Section) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in section.head[1:])
    rows = "".join(map(_condition, section.rows))
    return f"<tr><th><h2>{escape(section.heading)}</h2></th>{head}</tr>{rows}"


def _condition(row: Row) -> str:
    text, *values = map(escape, row.cells)
    told = "".join(f"<td>{value}</td>" for value in values)
    return (
        f"<tr class='{row.mark}'><td style='padding-left:{row.depth}em'>"
        f"<code>{text}</code></td>{told}</tr>"
    )


def _table(section: Section) -> str:
    rows = (
        "".join(f"<td>{escape(cell)}</td>" for cell in r.cells) for r in section.rows
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<h2>{escape(section.heading)}</h2><table>{body}</table>"
