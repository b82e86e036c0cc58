"""The units as they ship: systemd takes every line, and little is left to attack."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

HOUSE: Final = Path(__file__).parents[2]
UNITS: Final = sorted((HOUSE / "systemd").glob("*.service"))
SYSUSERS: Final = HOUSE / "deploy" / "sysusers" / "canhdong.conf"
STOCK: Final = Path("/usr/lib/systemd/system")
SCRIPTS: Final = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))[
    "project"
]["scripts"]
EXPOSURE: Final = "20"  # 2.0, in the tenths that --threshold counts in

each_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
with_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system with Debian's units, ours, and the programs that ours start."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(STOCK, root / STOCK.relative_to("/"), symlinks=True)
    own = root / "etc" / "systemd" / "system"
    own.mkdir(parents=True)
    for unit in UNITS:
        shutil.copy(unit, own)
        for line in (*values(unit, "ExecStart"), *values(unit, "ExecReload")):
            program = root / line.split()[0].lstrip("/")
            program.parent.mkdir(parents=True, exist_ok=True)
            program.touch(0o755)
    yield root


def values(unit: Path, key: str) -> list[str]:
    """What a unit says of ``key``, each time."""
    return re.findall(rf"^{key}=(.+)$", unit.read_text(), re.MULTILINE)


def analyze(*words: object) -> tuple[int, str]:
    done = subprocess.run(
        ["systemd-analyze", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@with_systemd
@each_unit
def test_systemd_takes_every_line_without_a_word(unit: Path, root: Path) -> None:
    code, said = analyze("verify", f"--root={root}", unit.name)

    assert said == ""
    assert code == 0


@with_systemd
def test_an_unknown_key_would_be_seen(root: Path) -> None:
    wrong = root / "etc" / "systemd" / "system" / "wrong.service"
    wrong.write_text("[Service]\nExecStart=/opt/canhdong/venv/bin/canhdong\nMenory=1\n")

    _, said = analyze("verify", f"--root={root}", wrong.name)

    assert "Unknown key 'Menory'" in said


@with_systemd
@each_unit
def test_little_is_left_to_attack(unit: Path) -> None:
    code, said = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", unit)

    assert code == 0, said.splitlines()[-1]


@pytest.mark.slow
@each_unit
def test_each_unit_starts_a_command_that_there_is(unit: Path) -> None:
    (start,) = values(unit, "ExecStart")
    program, command, option, _ = start.split()
    entry = SCRIPTS[Path(program).name].partition(":")[0]

    done = subprocess.run([sys.executable, "-m", entry, command, "--help"], check=False)

    assert done.returncode == 0
    assert option == "-c"


@each_unit
def test_each_unit_runs_as_a_user_that_is_made(unit: Path) -> None:
    (user,) = values(unit, "User")
    made = {
        line.split()[1] for line in SYSUSERS.read_text().splitlines() if line[0] == "u"
    }

    assert user in made


@each_unit
def test_the_folder_that_a_unit_may_write_is_that_of_its_user(unit: Path) -> None:
    (user,) = values(unit, "User")

    assert values(unit, "StateDirectory") == [user]
    assert values(unit, "RequiresMountsFor") == [f"/var/lib/{user}"]


@each_unit
def test_a_secret_that_is_not_there_does_not_stop_a_unit(unit: Path) -> None:
    credentials = [value.split(":") for value in values(unit, "LoadCredential")]

    assert credentials
    for _, source in credentials:  # a name, not a path: looked for in /etc/credstore
        assert "/" not in source
        assert source.startswith(f"{values(unit, 'User')[0]}.")
