"""Fixtures of real servers; tests that ask for one carry ``@pytest.mark.real``."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import parts

# Plain `pytest` draws a fifth of what `make test` does, so that it ends in a minute;
# and anew each time, where `make test` says the same of the same code.
settings.register_profile("quick", max_examples=20)
settings.register_profile("whole", derandomize=True)
settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--vectors FILE``: cases for tests/rules/test_vectors.py beside our own."""
    parser.addoption("--vectors", help="cases of agronomy, in the form of ours")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[parts.Part]:
    """A Mosquitto of the test's own that lets everyone in."""
    with parts.mosquitto(tmp_path) as part:
        yield part


@pytest.fixture(scope="session")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[parts.Part]:
    """One InfluxDB 1.6.7 for all tests; each makes a database of its own."""
    with parts.influxdb(tmp_path_factory.mktemp("influxdb")) as part:
        yield part


@pytest.fixture(scope="session")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[parts.Part]:
    """One VictoriaMetrics for all tests."""
    with parts.victoria_metrics(tmp_path_factory.mktemp("victoria")) as part:
        yield part
