"""System calls of a writer, as strace tells them, and what it says meanwhile.

Only files of one folder count; SQLite's ``-shm`` is left out, since it lives in memory
and is made anew from the log after a crash.
"""

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CALLS: Final = (
    "openat,open,creat,close,write,pwrite64,pwritev,writev,fsync,fdatasync,ftruncate,"
    "truncate,unlink,unlinkat,rename,renameat,renameat2,link,linkat,fallocate,"
    "sync_file_range,copy_file_range,sendfile,mmap"
)
UNKNOWN: Final = frozenset(
    {
        "pwritev", "writev", "truncate", "renameat", "renameat2", "link", "linkat",
        "fallocate", "sync_file_range", "copy_file_range", "sendfile",
    }
)  # fmt: skip
"""What would change a file in a way that the model below does not know."""

PASSED_OVER: Final = ("-shm", "ballast")  # made anew after a crash; dead weight
LONGEST: Final = 1 << 20  # bytes of a string that strace shows; a page has 4,096
STDOUT: Final = 1
LINE: Final = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
PATH: Final = re.compile(r"<((?:\\x[0-9a-f]{2})*)>")


@dataclass(frozen=True, slots=True)
class Opened:
    """``name`` was opened as ``fd``; made if it was not there, emptied if asked."""

    fd: int
    name: str
    makes: bool
    empties: bool


@dataclass(frozen=True, slots=True)
class Wrote:
    """``data`` went to ``offset`` of a file."""

    fd: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """A file has ``size`` bytes from now on."""

    fd: int
    size: int


@dataclass(frozen=True, slots=True)
class Synced:
    """The file behind ``fd`` is on the card; with ``fd`` ``None`` the folder is."""

    fd: int | None


@dataclass(frozen=True, slots=True)
class Removed:
    """A name is gone."""

    name: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file has another name."""

    name: str
    to: str


@dataclass(frozen=True, slots=True)
class Told:
    """The writer said this."""

    text: str


Operation = Opened | Wrote | Cut | Synced | Removed | Renamed | Told


def traced(command: Sequence[str], to: Path) -> None:
    """Run ``command`` to its end under strace."""
    strace = ["strace", "-y", "-xx", "-s", str(LONGEST), "-e", f"trace={CALLS}"]
    done = subprocess.run(
        [*strace, "-o", str(to), *command],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if done.returncode:
        msg = f"the writer ended with {done.returncode}:\n{done.stderr[-3000:]}"
        raise RuntimeError(msg)


def operations(trace: Path, folder: Path) -> Iterator[Operation]:
    """What happened in ``folder``, in order."""
    found = _Calls(folder)
    with trace.open(encoding="ascii") as lines:
        for line in lines:
            call = LINE.match(line)
            if call is not None and not call[3].startswith("-"):
                yield from found.read(call[1], call[2], int(call[3]))


class _Calls:
    """Turns calls into operations; knows which descriptor is which."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at: dict[int, int] = {}  # where each descriptor writes next

    def read(self, call: str, arguments: str, result: int) -> Iterator[Operation]:
        texts = [_bytes(text) for text in TEXT.findall(arguments)]
        path = PATH.match(arguments.lstrip("0123456789"))
        where = Path(_bytes(path[1]).decode()) if path else None
        fd = int(re.match(r"\d*", arguments)[0] or -1)  # type: ignore[index]
        match call:
            case "openat" | "open":
                name = self._name(Path(texts[0].decode()))
                if name is not None and "O_RDONLY" not in arguments:
                    self._at[result] = 0
                    empties = "O_TRUNC" in arguments
                    yield Opened(result, name, "O_CREAT" in arguments, empties)
            case "unlink":
                name = self._name(Path(texts[0].decode()))
                if name is not None:
                    yield Removed(name)
            case "rename":
                old, new = (self._name(Path(text.decode())) for text in texts)
                if old is not None and new is not None:
                    yield Renamed(old, new)
            case "write" if fd == STDOUT:
                yield from (Told(line) for line in texts[0].decode().splitlines())
            case "fsync" | "fdatasync" if where == self._folder:
                yield Synced(None)
            case _ if where is not None and self._name(where) is not None:
                yield from self._on_file(call, arguments, fd, texts, result)

    def _on_file(
        self, call: str, arguments: str, fd: int, texts: list[bytes], result: int
    ) -> Iterator[Operation]:
        match call:
            case "write":
                yield Wrote(fd, self._at[fd], texts[0][:result])
                self._at[fd] += result
            case "pwrite64":
                offset = int(arguments.rpartition(", ")[2])
                yield Wrote(fd, offset, texts[0][:result])
            case "ftruncate":
                yield Cut(fd, int(arguments.rpartition(", ")[2]))
            case "fsync" | "fdatasync":
                yield Synced(fd)
            case "mmap" if "MAP_SHARED" in arguments and "PROT_WRITE" in arguments:
                msg = f"the writer maps a file to write to it: {arguments[:200]}"
                raise ValueError(msg)
            case _ if call in UNKNOWN:
                msg = f"the model does not know {call}"
                raise ValueError(msg)

    def _name(self, path: Path) -> str | None:
        """Name of a file of the folder that outlives a crash."""
        if path.parent != self._folder or path.name.endswith(PASSED_OVER):
            return None
        return path.name


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
