"""The READMEs of models and checks name what is there and what it stands on."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from rules import models, quality

PROPOSED: Final = re.compile(r"\[D\]|PROPOSED|\b[Pp]roposed\b")  # not [d], days


@dataclass(frozen=True, slots=True)
class Book:
    """The README of one package."""

    package: str
    folder: Path
    column: str  # head of the tables of modules
    text: str
    apart: frozenset[str]  # modules that are neither model nor check

    @property
    def modules(self) -> set[str]:
        return {path.stem for path in self.folder.glob("*.py")} - self.apart

    @property
    def rows(self) -> list[list[str]]:
        return list(rows(self.text, self.column))

    @property
    def sources(self) -> set[str]:
        named = {cells[0] for cells in rows(self.section("Sources"), "name")}
        return named | {"[D]"}

    def section(self, title: str) -> str:
        found = self.text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        assert found, title
        return found


def book(file: str, package: str, column: str, *apart: str) -> Book:
    folder = Path(file).parent
    text = (folder / "README.md").read_text(encoding="utf-8")
    return Book(package, folder, column, text, frozenset({"__init__", *apart}))


def rows(text: str, first: str) -> Iterator[list[str]]:
    """Cells of every row of the tables whose first column has that name."""
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == first:
            inside = True
        elif inside and set(cells[0]) != {"-"}:
            yield cells


def names(text: str) -> list[str]:
    return re.findall(r"`([a-z_]+)`", text)


BOOKS: Final = (
    book(models.__file__, "rules.models", "model", "kinds"),
    book(quality.__file__, "rules.quality", "check"),
)
each_book = pytest.mark.parametrize("told", BOOKS, ids=[b.package for b in BOOKS])


@each_book
def test_every_module_has_one_row_and_every_row_a_module(told: Book) -> None:
    listed = [name for cells in told.rows for name in names(cells[0])]

    assert sorted(listed) == sorted(told.modules)


@each_book
def test_every_module_has_its_limits_below_its_row(told: Book) -> None:
    limits = re.findall(r"^- (`.*?):", told.text, re.MULTILINE)

    assert told.modules - {name for line in limits for name in names(line)} == set()


@each_book
def test_every_row_says_what_it_gives_and_stands_on_a_listed_source(
    told: Book,
) -> None:
    known = "|".join(re.escape(source) for source in told.sources)

    for name, gives, takes, source in told.rows:
        assert gives, name
        assert takes, name
        strange = [
            part
            for part in source.split("; ")
            if not re.match(rf"(?:{known})(?!\w)", part)
        ]
        assert strange == [], name


@each_book
def test_every_listed_source_is_one_of_a_row_or_a_limit(told: Book) -> None:
    said = told.text.partition("\n## Sources\n")[0]

    assert [source for source in sorted(told.sources) if source not in said] == []


@each_book
def test_every_module_with_a_design_choice_is_listed_as_proposed(told: Book) -> None:
    listed = set(names(told.section("Proposed [D]")))
    choosing = {
        name
        for name in told.modules
        if PROPOSED.search((told.folder / f"{name}.py").read_text(encoding="utf-8"))
    }

    assert choosing - listed == set()
    assert listed - told.modules == set()


def test_every_name_within_a_model_exists() -> None:
    dotted = re.findall(r"`([a-z_]+)\.([A-Za-z_]+)`", BOOKS[0].text)

    assert dotted
    for module, name in dotted:
        assert hasattr(importlib.import_module(f"rules.models.{module}"), name)


@each_book
def test_every_path_that_it_names_is_there(told: Book) -> None:
    house = told.folder.parents[1]
    named = re.findall(r"`((?:tests|rules|drivers)/[^`]+)`", told.text)

    assert named
    assert [path for path in named if not list(house.glob(path))] == []
