"""Rules of one's own: which files of the folder are read, and what is told of it."""

import os
from pathlib import Path

import msgspec
import pytest

from gateway import rulebook
from gateway.config import Config, Rules
from telemetry.settings import ConfigError
from tests.rules.test_rule import GOOD


def config(folder: Path) -> Config:
    return Config(
        version=1, coop="c", gateway="g", data_dir=folder, rules=Rules(folder=folder)
    )


def told(folder: Path) -> str:
    with pytest.raises(ConfigError) as fault:
        rulebook.known(config(folder))
    (line,) = fault.value.faults
    return line


def test_own_rules_stand_beside_those_shipped_and_change_the_same_id(tmp_path):
    own = 'version = 1\nrules.rice-water-low.severity = "critical"\n'
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.toml").write_text(own, encoding="utf-8")

    known = rulebook.known(config(tmp_path))

    assert known["rice-water-low"].table.severity == "critical"
    assert {"my-water", "rice-blast"} <= known.keys()


def test_the_same_id_in_two_files_is_a_fault(tmp_path):
    for name in ("a.toml", "b.toml"):
        own = 'version = 1\nrules.rice-blast.off = "too many"\n'
        (tmp_path / name).write_text(own, encoding="utf-8")

    assert told(tmp_path) == (
        f"{tmp_path}/b.toml: rules.rice-blast: stands in {tmp_path}/a.toml too;"
        " keep one"
    )


def test_a_folder_that_cannot_be_listed_is_not_an_empty_one(tmp_path, mocker):
    listed = Path.iterdir

    def closed(folder: Path):
        if folder == tmp_path:
            raise PermissionError(13, "denied")
        return listed(folder)

    mocker.patch.object(Path, "iterdir", closed)

    assert told(tmp_path) == f"rules.folder: {tmp_path}: cannot be listed: denied"


def test_a_folder_that_is_missing_is_told(tmp_path):
    assert "cannot be listed: No such file" in told(tmp_path / "none")


def test_a_pipe_among_the_files_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.toml")

    assert told(tmp_path).endswith("a.toml: is not a file that can be read")


def test_what_is_chosen_are_rules_that_ship_on_with_those_wanted(tmp_path):
    wanted = Rules(on=["onion-beet-armyworm"], off=["rice-water-soon"])
    given = msgspec.structs.replace(config(tmp_path), rules=wanted)

    chosen = rulebook.chosen(given)

    assert "onion-beet-armyworm" in chosen
    assert "rice-water-soon" not in chosen
