"""What most tests of the province need."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from province.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger in a file of its own."""
    one = Ledger(tmp_path / "ledger.db")
    yield one
    one.close()
