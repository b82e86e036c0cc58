"""``canhdong rules``: the group, and what each of its commands takes."""

import subprocess
import sys

import pytest

from gateway.main import main
from gateway.rules_arguments import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_tells_what_it_takes(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["rules", name, "--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: canhdong rules {name} ")


def test_the_group_lists_its_commands(capsys):
    with pytest.raises(SystemExit):
        main(["rules", "--help"])

    told = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in told] == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["lst"], "invalid choice: 'lst'"),
        (["list"], "canhdong rules list: error: the following arguments are required"),
        (["list", "-x"], "canhdong rules list: error:"),
    ],
)
def test_what_is_no_command_is_told_in_a_line(given, says, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["rules", *given])

    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.slow
def test_a_command_carries_the_modules_of_no_other():
    code = (
        "import sys; from gateway.main import parser;"
        "parser().parse_args(['rules', 'list', '-c', 'x']);"
        "print(*(name for name in sys.modules if name.startswith('gateway.rules_')))"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert loaded == ["gateway.rules_arguments"]
