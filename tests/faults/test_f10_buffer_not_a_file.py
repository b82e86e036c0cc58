"""What may stand where the buffer should be: a clear word, or a new epoch."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gateway.records import BufferFault
from gateway.recovery import open_buffer
from tests.gateway.buffers import HERE, LAST, copied, filled, held_in

NOBODY = 65534  # nobody's number on Debian, base-passwd


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return copied(sound, tmp_path / "data")


def test_what_is_no_buffer_is_put_aside_and_told(path, record_property, caplog):
    log = path.with_name("buffer.db-wal")
    made = {
        "zero bytes": lambda: (path.write_bytes(b""), log.unlink(missing_ok=True)),
        "zero bytes and a log": lambda: path.write_bytes(b""),
        "no database": lambda: path.write_bytes(b"soil_moisture,31.2\n" * 500),
        "half a header": lambda: path.write_bytes(path.read_bytes()[:60]),
        "only its log": path.unlink,
    }
    original = {part: part.read_bytes() for part in path.parent.iterdir()}
    told = {}
    for name, make in made.items():
        for part, blob in original.items():
            part.write_bytes(blob)
        make()
        opened = open_buffer(path, HERE, "boot-4")
        told[name] = opened.damage
        opened.buffer.close()
        path.unlink()

    assert all(told.values()), told
    record_property("figure", f"{len(told)} of {len(made)} told, a new epoch each")


def test_a_missing_file_is_begun_anew_and_not_in_silence(
    tmp_path, record_property, caplog
):
    opened = open_buffer(tmp_path / "buffer.db", HERE, "boot-1")
    opened.buffer.close()

    assert "there is no buffer" in caplog.text
    record_property("figure", "a new epoch and a warning")


def test_a_folder_in_its_place_is_told_with_what_to_do(tmp_path, record_property):
    (tmp_path / "buffer.db").mkdir()

    with pytest.raises(BufferFault, match=r"unable to open.*move it away"):
        open_buffer(tmp_path / "buffer.db", HERE, "boot-1")

    record_property("figure", "refused with the remedy, tried again every 10 s")


AS_NOBODY = """
import os, sys
from pathlib import Path
from gateway.records import BufferFault
from gateway.recovery import open_buffer
from tests.gateway.buffers import HERE
os.setgroups([]); os.setgid({uid}); os.setuid({uid})
try:
    open_buffer(Path(sys.argv[1]), HERE, "boot-4")
except BufferFault as fault:
    print(fault)
"""


def test_a_file_of_another_owner_is_told_and_stays_as_it_is(sound, record_property):
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own lets nobody else in
        path = copied(sound, Path(folder, "data"))
        for part in (path.parents[1], path.parent):
            part.chmod(0o777)
        path.chmod(0o600)
        before = path.read_bytes()
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY.format(uid=NOBODY), path],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )
        after = path.read_bytes()

    assert done.stderr == ""
    assert f"belongs to user 0, not {NOBODY}: chown it" in done.stdout
    assert after == before
    record_property("figure", "owner and remedy told, file untouched")


def test_the_rows_are_there_once_the_owner_is_right_again(path, record_property):
    opened = open_buffer(path, HERE, "boot-4")
    opened.buffer.close()

    assert len(held_in(path)) == LAST
    record_property("figure", f"{LAST} of {LAST} rows")
