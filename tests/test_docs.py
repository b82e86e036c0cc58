"""Documents are tested: what they list is there, and what is there is listed.

``make docs`` (this file as a program) writes the generated tables again.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from drivers.devices import MODELS
from gateway import check
from gateway.main import main
from gateway.rules_arguments import COMMANDS
from rules import overlay
from rules.functions import FUNCTIONS
from telemetry.quantity import QUANTITIES

HOUSE = Path(__file__).parents[1]
README = HOUSE / "README.md"
TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)

DOCUMENTS = [path for path in sorted(HOUSE.rglob("*.md")) if ".venv" not in path.parts]
PROGRAMS = {"canhdong": "gateway.main", "canhdong-province": "province.main"}


def readme() -> str:
    return README.read_text(encoding="utf-8")


def table(*rows: str) -> str:
    return "".join(f"| {row} |\n" for row in rows)


def quantities() -> str:
    return table(
        "name | unit | UCUM | Rec 20 | kind | possible | what it is",
        "--- | --- | --- | --- | --- | --- | ---",
        *(
            f"`{q.name}` | {q.unit} | `{q.ucum}` | {q.rec20} | {q.kind}"
            f" | {q.low:g} to {q.high:g} | {q.about}"
            for q in QUANTITIES.values()
        ),
    )


def devices() -> str:
    return table(
        "driver | device | channels | evidence",
        "--- | --- | --- | ---",
        *(
            f"`{model.name}` | {model.title} | {', '.join(model.channels)}"
            f" | {model.evidence}"
            for model in MODELS.values()
        ),
    )


def functions() -> str:
    return table(
        "function | gives | for texts | what it is",
        "--- | --- | --- | ---",
        *(
            f"`{name}({', '.join(of.takes)})` | {of.gives}"
            f" | {' '.join(f'`{fact}`' for fact in of.facts)}"
            f" | {(of.call.__doc__ or '').strip().splitlines()[0]}"
            for name, of in FUNCTIONS.items()
        ),
    )


TABLES = {"quantities": quantities, "devices": devices, "functions": functions}


def with_tables(text: str) -> str:
    return TABLE.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], text)


def test_the_generated_tables_are_current() -> None:
    text = readme()

    assert {found[2] for found in TABLE.finditer(text)} == TABLES.keys()
    assert with_tables(text) == text


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_is_in_the_readme(program: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", PROGRAMS[program], "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    commands = re.findall(r"^    ([a-z]+) ", said, re.MULTILINE)

    assert commands
    assert [name for name in commands if f"`{program} {name} " not in readme()] == []


def test_every_command_on_rules_is_in_the_readme() -> None:
    text = readme()
    missing = [
        name for name in COMMANDS if not re.search(f"`canhdong rules {name}\\b", text)
    ]

    assert missing == []


def test_the_config_the_rule_and_its_test_in_the_readme_are_good(
    tmp_path: Path,
) -> None:
    config, rules, site, trial = re.findall(r"```toml\n(.*?)```", readme(), re.DOTALL)
    path = tmp_path / "some.toml"

    path.write_text(config, encoding="utf-8")
    check.load(path)
    path.write_text(site, encoding="utf-8")
    assert overlay.lay([path]).faults == []
    (tmp_path / "my-rules.toml").write_text(rules, encoding="utf-8")
    path.write_text(trial, encoding="utf-8")
    assert main(["rules", "test", str(path)]) == 0


def test_every_make_target_is_in_the_readme() -> None:
    makefile = (HOUSE / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.* ## ", makefile, re.MULTILINE)) - {"help"}

    assert targets
    assert [name for name in sorted(targets) if f"`make {name}`" not in readme()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(HOUSE)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    near = [link for link in links if "://" not in link and "mailto:" not in link]

    assert [link for link in near if not (path.parent / link).exists()] == []


def test_the_newest_change_is_that_of_this_version() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    changes = (HOUSE / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[([^]]+)\]", changes, re.MULTILINE)

    assert newest
    assert newest[1] == project["project"]["version"]


if __name__ == "__main__":
    README.write_text(with_tables(readme()), encoding="utf-8")
