"""The fifteen minutes of README.md, command by command, on a running field."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import Program

HOUSE = Path(__file__).parents[1]
FIELD = 'make field ARGS="--folder field"'


def commands() -> list[str]:
    text = (HOUSE / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Fifteen minutes\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.mark.real
@pytest.mark.timeout(300)
def test_every_command_of_the_fifteen_minutes_does_what_it_says(tmp_path: Path) -> None:
    field, *rest = commands()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    running = Program(
        "gateway.main", "demo", "--field", "--folder", tmp_path / "field",
        log=tmp_path / "field.log",
    )  # fmt: skip

    assert field == FIELD
    assert len(rest) >= 8
    with running:
        try:
            running.says("gateway.toml", 60)
            for command in rest:
                follow(command, tmp_path, path)
        finally:
            running.stop()


def follow(command: str, folder: Path, path: str) -> None:
    done = subprocess.run(
        shlex.split(command),
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert done.stdout.strip(), command
    assert "Traceback" not in done.stderr, command
