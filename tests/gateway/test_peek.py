import subprocess
import sys
from contextlib import closing
from pathlib import Path

from gateway import soundness
from gateway.peek import peek
from gateway.reader import Reader
from tests.gateway.test_recorder import HandClock, made, soil, stepped

IN_USE_AT = (
    128  # byte of the index whose lock says so: sqlite.org/walformat.html §2.3.1
)
SHARED_AT = 0x40000002  # first byte of a database's shared lock: os_unix.c
TRY = (
    "import fcntl, sys\n"
    "with open(sys.argv[1], 'r+b') as file:\n"
    "    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(sys.argv[2]))\n"
)


def is_locked(path: Path, at: int) -> bool:
    """Whether another program is kept from locking this byte."""
    words = [sys.executable, "-c", TRY, str(path), str(at)]
    return subprocess.run(words, stderr=subprocess.DEVNULL, check=False).returncode != 0


def test_a_look_for_damage_takes_no_lock_from_who_reads_in_this_process(tmp_path):
    recorder = made(tmp_path, HandClock())
    stepped(recorder, [soil(0.0)])
    path = tmp_path / "buffer.db"
    index = tmp_path / "buffer.db-shm"
    with closing(Reader(path)) as reader:
        reader.ledger()
        before = is_locked(index, IN_USE_AT), is_locked(path, SHARED_AT)

        assert soundness.damage(path) is None

        assert before == (True, True)
        assert (is_locked(index, IN_USE_AT), is_locked(path, SHARED_AT)) == before
    recorder.close()


def test_a_look_that_closes_would_take_them(tmp_path):
    recorder = made(tmp_path, HandClock())
    stepped(recorder, [soil(0.0)])
    index = tmp_path / "buffer.db-shm"

    with index.open("rb"):
        pass

    assert not is_locked(index, IN_USE_AT)
    recorder.close()


def test_another_file_of_the_same_name_is_seen_and_no_descriptor_is_left(tmp_path):
    path = tmp_path / "file"
    seen = []
    before = len(list(Path("/proc/self/fd").iterdir()))
    for word in (b"one", b"two", b"three"):
        (tmp_path / "next").write_bytes(word)
        (tmp_path / "next").rename(path)
        seen.append(peek(path, 2, 1))
    after = len(list(Path("/proc/self/fd").iterdir()))

    path.unlink()
    (tmp_path / "other").write_bytes(b"four")
    peek(tmp_path / "other", 1)

    assert seen == [b"ne", b"wo", b"hr"]
    assert after <= before + 1
    assert len(list(Path("/proc/self/fd").iterdir())) == after
