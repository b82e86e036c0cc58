"""Every number of a pack says where it can be read, and nothing else does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rules import tables
from rules.rule import pack_files, packs
from rules.sources import SOURCES

SOURCED = {"value", "h"}  # the keys under which a number stands beside its source
each_pack = pytest.mark.parametrize("path", pack_files(), ids=lambda path: path.stem)


def bare(table: dict[str, Any], place: str = "") -> Iterator[str]:
    """Numbers of a file that no source of ``sources.toml`` stands beside."""
    has_source = table.get("source") in SOURCES
    for key, value in table.items():
        if isinstance(value, dict):
            yield from bare(value, f"{place}{key}.")
        elif isinstance(value, list):
            yield from bare(dict(enumerate_(value)), f"{place}{key}.")
        elif isinstance(value, int | float) and not (key in SOURCED and has_source):
            yield f"{place}{key}"


def enumerate_(values: list[Any]) -> Iterator[tuple[str, Any]]:
    return ((str(at), value) for at, value in enumerate(values))


@each_pack
def test_no_number_of_a_pack_is_bare(path: Path):
    assert list(bare(tables.read(path))) == ["version"]


@pytest.mark.parametrize(
    "number",
    [
        "low = { value = -15, unit = 'cm' }",
        "low = { value = -15, unit = 'cm', source = 'somewhere' }",
        "low = -15",
        "[[a]]\nx = 1",
        "hold = { h = 1 }",
        "hold = { hours = 1, source = 'wait' }",
    ],
)
def test_a_bare_number_is_found(tmp_path, number):
    path = tmp_path / "pack.toml"
    path.write_text(f"version = 1\n{number}\n")

    assert len(list(bare(tables.read(path)))) == 2


@each_pack
def test_packs_have_no_sources_of_their_own(path: Path):
    assert "sources" not in tables.read(path)


def test_a_sourced_rule_judges_by_no_number_that_is_a_choice():
    def judged(rule):
        parts = [rule.when, rule.clear, rule.value]
        return {name for part in parts if part is not None for name in part.names}

    chosen = [
        (rule.id, name)
        for rule in packs().values()
        if rule.state == "sourced" and rule.table.audience == "field"
        for name in judged(rule) & rule.source_of.keys()
        if rule.source_of[name].kind == "design"
    ]

    assert chosen == []


def test_every_source_says_where_it_can_be_read():
    for source in SOURCES.values():
        assert source.text.strip() == source.text
        assert len(source.text) >= 20
        assert source.url is None or source.url.startswith("http")


def test_a_set_has_one_meaning_in_all_packs():
    names = [name for path in pack_files() for name in tables.read(path)["sets"]]
    rules = [name for path in pack_files() for name in tables.read(path)["rules"]]

    assert len(names) == len(set(names))
    assert len(rules) == len(set(rules))
