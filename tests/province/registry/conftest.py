"""A registry, and files to import into it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from province.main import main
from province.registry.store import Registry

EXAMPLES = Path(__file__).parents[3] / "deploy" / "examples" / "registry"

CONFIG = """version = 1
ledger = "ledger.db"
registry = "{registry}"
province = "51"
[broker]
host = "127.0.0.1"
[store]
kind = "sqlite"
path = "readings.db"
"""

Take = Callable[..., tuple[int, str, str]]


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Where the registry is; the tests of PostgreSQL name another."""
    return str(tmp_path / "registry.db")


@pytest.fixture
def take(tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]) -> Take:
    """``canhdong-province import`` of files given as text; without any, the examples.

    A keyword ``dry`` tries only, ``folder`` names another directory.
    """
    config = tmp_path / "province.toml"
    config.write_text(CONFIG.format(registry=place), encoding="utf-8")
    home = tmp_path / "csv"
    home.mkdir()

    def call(
        *, dry: bool = False, folder: Path | None = None, **files: str | bytes
    ) -> tuple[int, str, str]:
        for old in home.iterdir():
            old.unlink()
        for name, text in files.items():
            data = text if isinstance(text, bytes) else text.encode()
            (home / f"{name}.csv").write_bytes(data)
        directory = folder or (home if files else EXAMPLES)
        options = ["--dry-run"] if dry else []
        code = main(["import", str(directory), "-c", str(config), *options])
        told = capsys.readouterr()
        return code, told.out, told.err.replace(f"{directory}/", "")

    return call


@pytest.fixture
def registry(take: Take, place: str) -> Iterator[Registry]:
    """A registry that holds the examples."""
    take()
    one = Registry(place)
    yield one
    one.close()
