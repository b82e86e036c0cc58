"""A mail server with its certificate; the same pair for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.province.mail.server import MailServer, authority


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority(tmp_path_factory.mktemp("pki") / "a")


@pytest.fixture
def server(pki: Path) -> Iterator[MailServer]:
    with MailServer(pki) as one:
        yield one
