"""registry and province of province.toml: what is taken and what is told."""

from pathlib import Path

import pytest

from province.config import read
from telemetry.settings import ConfigError

CONFIG = """version = 1
ledger = "ledger.db"
{more}
[broker]
host = "127.0.0.1"
[store]
kind = "sqlite"
path = "readings.db"
"""
GOOD_URL = "postgresql+psycopg://canhdong@db/canhdong?passfile=/run/pgpass"


def written(directory: Path, more: str) -> Path:
    file = directory / "province.toml"
    file.write_text(CONFIG.format(more=more), encoding="utf-8")
    return file


def test_a_file_is_seen_from_the_configs_directory(tmp_path: Path) -> None:
    config = read(written(tmp_path, 'registry = "registry.db"\nprovince = "51"'))

    assert config.registry == str(tmp_path / "registry.db")
    assert config.province == "51"


def test_a_url_stays_as_it_is(tmp_path: Path) -> None:
    config = read(written(tmp_path, f'registry = "{GOOD_URL}"'))

    assert config.registry == GOOD_URL


def test_without_the_keys_there_is_no_registry(tmp_path: Path) -> None:
    config = read(written(tmp_path, ""))

    assert (config.registry, config.province) == (None, None)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('registry = ""', "registry: is empty; name a file"),
        ('registry = "no/where.db"', "registry: directory .* is not there; make it"),
        ('registry = "ledger.db"', "registry: is ledger too; name two files"),
        ('registry = "./readings.db"', "registry: is store.path too"),
        ('registry = "mysql://db/x"', "'mysql' is no database that is known here"),
        ('registry = "postgresql://db/x"', "name a file, or postgresql[+]psycopg://"),
        (
            'registry = "postgresql+psycopg://u:secret@db/x"',
            r"holds a password, .*\?passfile=FILE",
        ),
        ('registry = "postgresql+psycopg://db"', "names no database"),
        ('registry = "postgresql+psycopg://db:x/y"', "is no URL"),
        ('province = "Quảng Ngãi"', 'no code of two digits, such as "51"'),
        ("province = 51", "province: 51: expected str"),
    ],
)
def test_a_fault_is_told_with_its_remedy(more: str, told: str, tmp_path: Path) -> None:
    file = written(tmp_path, more)

    with pytest.raises(ConfigError, match=told) as caught:
        read(file)

    assert len(caught.value.faults) == 1
    assert "secret" not in str(caught.value)
