"""The house keeps its floors: who may import whom, and where a library lives."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]

BELOW = {
    "telemetry": set[str](),
    "drivers": {"telemetry"},
    "rules": {"telemetry"},
    "gateway": {"telemetry", "drivers", "rules"},
    "province": {"telemetry", "rules"},
}

HOMES = {
    "aiosmtpd": ("tests/",),
    "alembic": ("province/",),
    "amqtt": ("gateway/demo/",),
    "influxdb_client": ("province/stores",),
    "minimalmodbus": ("drivers/",),
    "msgspec": ("telemetry/", "rules/", "gateway/config", "province/config"),
    "numpy": ("rules/", "drivers/", "gateway/"),
    "paho": ("telemetry/mqtt.py", "telemetry/paho_client.py"),
    "psycopg": ("province/registry",),
    "rich": ("gateway/demo/",),
    "serial": ("drivers/",),
    "sqlalchemy": ("province/",),
    "sqlite3": ("gateway/", "province/"),
    "urllib3": ("province/stores",),  # what influxdb_client raises
    "vietnam_provinces": (),  # its data is read, its code is not imported
}

EXTRAS = {"alembic", "amqtt", "influxdb_client", "psycopg", "rich", "sqlalchemy"}
"""What an installation without extras does not have."""

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint"}
FORBIDDEN_IMPORTS = {"pickle", "marshal", "shelve", "yaml"}
FORBIDDEN_OF_OS = {"system", "popen"}

FILES = sorted(path for floor in BELOW for path in (HOUSE / floor).rglob("*.py"))
each_file = pytest.mark.parametrize(
    "path", FILES, ids=[str(path.relative_to(HOUSE)) for path in FILES]
)


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(ast.parse(path.read_bytes()))}


@pytest.mark.slow
@each_file
def test_a_package_imports_only_the_floors_below_it(path: Path) -> None:
    floor = path.relative_to(HOUSE).parts[0]

    above = (roots(path) & BELOW.keys()) - BELOW[floor] - {floor}

    assert not above


@pytest.mark.slow
@each_file
def test_a_library_is_used_in_its_home_only(path: Path) -> None:
    place = path.relative_to(HOUSE).as_posix()
    libraries = roots(path) - BELOW.keys() - (sys.stdlib_module_names - HOMES.keys())

    strays = {name for name in libraries if not place.startswith(HOMES.get(name, ()))}

    assert not strays


@pytest.mark.slow
@each_file
def test_nothing_turns_data_into_code(path: Path) -> None:
    tree = ast.parse(path.read_bytes())
    found = roots(path) & FORBIDDEN_IMPORTS

    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        match call.func:
            case ast.Name(id=name) if name in FORBIDDEN_CALLS:
                found.add(name)
            case ast.Attribute(value=ast.Name(id="os"), attr=name):
                found |= {name} & FORBIDDEN_OF_OS
        found |= {key.arg for key in call.keywords if key.arg == "shell"}

    assert not found


@pytest.mark.slow
def test_the_gateway_starts_without_the_extras_and_without_numpy() -> None:
    code = "import sys, gateway.main, gateway.daemon; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "rules.functions" in loaded  # the daemon's rules are there, with models
    assert not (EXTRAS | {"numpy"}) & set(loaded)
