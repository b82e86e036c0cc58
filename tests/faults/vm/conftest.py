"""What the machine needs, told in one line where it is not there."""

import os
import shutil
from pathlib import Path

import pytest

from tests.faults.vm import machine


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disk with our program."""
    lacking = [tool for tool in machine.TOOLS if shutil.which(tool) is None]
    if lacking:
        pytest.skip(f"{', '.join(lacking)} not installed: tests/faults/vm/debian.sh")
    if os.geteuid() != 0:
        pytest.skip("debootstrap needs root: sudo make faults-vm")
    return machine.house(tmp_path_factory.mktemp("house"))
