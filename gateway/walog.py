"""What SQLite's write-ahead log holds that SQLite itself would leave out in silence.

SQLite takes the log up to the first frame whose checksum is wrong and forgets the rest,
which is right for a commit that a power cut has torn, and a loss for all others.
File formats: sqlite.org/fileformat.html §4, sqlite.org/walformat.html §2.
"""

import os
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway import schema_pages
from gateway.peek import peek
from gateway.schema import PAGE_BYTES

_HEADER: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">6I")
_MAGIC: Final = (0x377F0682, 0x377F0683)
_VERSION: Final = 3007000
_MAGIC_OF_FILE: Final = b"SQLite format 3\0"
_PAGE_AT: Final = slice(16, 18)  # in the file's first page; 1 stands for 65,536
_PAGES: Final = [2**power for power in range(9, 16)]  # bytes that SQLite has
_FIRST_PAGE: Final = struct.pack(">I", 1)
_INDEX: Final = struct.Struct("=3IBBHII2I8s2I")  # of -shm, in the machine's byte order


def size(path: Path) -> int:
    """Bytes of the log of the database at ``path``."""
    with suppress(FileNotFoundError):
        return _log(path).stat().st_size
    return 0


def flushed_frames(path: Path) -> int:
    """How many frames the last process knew to be flushed; 0 if that is not known.

    It writes so into the index beside the log after each flush.  To be asked before
    the file is opened, because the first to open it makes the index anew.
    """
    header, index = _read(_log(path), _HEADER.size), _peek(_index(path), 2 * 48)
    if len(header) < _HEADER.size or len(index) < 2 * 48 or index[:48] != index[48:]:
        return 0
    words = _INDEX.unpack(index[:48])
    is_ready, frames, salts = words[3], words[6], words[10]
    return frames if is_ready and salts == header[16:24] else 0


def lost(path: Path, flushed: int) -> str | None:
    """What of the log SQLite has left out though it was stored, after an opening.

    A power cut tears at most one commit, the last: the one before was flushed before
    it began.  So two or more beyond the first bad frame were stored once, and so
    was what the last process knew to be ``flushed``.
    """
    if size(path) <= _HEADER.size:
        return "the log was cut off" if flushed else None
    header = _read(_log(path), _HEADER.size)
    if not _is_header(header):
        return "the log's header is damaged"
    words = _INDEX.unpack(_peek(_index(path), _INDEX.size))
    taken = words[6]
    if taken < flushed:
        return f"the log is damaged after frame {taken} of {flushed}"
    commits = _commits(path, header, taken)
    return (
        f"the log is damaged before {commits} of its commits" if commits > 1 else None
    )


def _commits(path: Path, header: bytes, taken: int) -> int:
    """How many commits of this log's life stand beyond the frames taken."""
    page, salts = _HEADER.unpack(header)[2], header[16:24]
    commits, at = 0, _HEADER.size + taken * (_FRAME.size + page)
    with _log(path).open("rb") as file:
        while True:
            file.seek(at)
            frame = file.read(_FRAME.size)
            if len(frame) < _FRAME.size:
                return commits
            pages_after = _FRAME.unpack(frame)[1]  # 0 but in a commit's last frame
            commits += pages_after > 0 and frame[8:16] == salts
            at += _FRAME.size + page


def mend(path: Path) -> None:
    """Let SQLite see all of a damaged log that was put aside.

    The frames stay as they are and get new checksums, the damaged ones too: most of
    such a page is good, and what is not is refused or left out when it is read.  Only
    a last commit that is not whole stays out.  Pages without which nothing can be read
    are taken as a new file has them, or else the first one as it was before.  A file
    that is gone gets that one back.  To do it again changes nothing.
    """
    raw = _read(_log(path), -1)
    page = _page(raw[: _HEADER.size], _read(path, _PAGE_AT.stop))
    frames = [  # a log that was cut may end within one
        raw[at : at + _FRAME.size + page]
        for at in range(_HEADER.size, len(raw), _FRAME.size + page)
    ]
    frames = _alive(
        raw[: _HEADER.size], [f for f in frames if len(f) == _FRAME.size + page]
    )
    named = _named(path, page, frames)
    if named:
        _over(path, {(number - 1) * page: body for number, body in named.items()})
    if not frames:
        return
    salts = _salts(raw[: _HEADER.size], frames)
    head = _HEADER.pack(_MAGIC[0], _VERSION, page, 0, 0, 0, 0, 0)[:16] + salts
    sums = _sums(head, (0, 0))
    mended = [head + struct.pack(">2I", *sums)]
    first, seed = _read(path, page), raw[24:32]
    for frame in frames:
        body = frame[_FRAME.size :]
        if (number := int.from_bytes(frame[:4])) in named:
            body = first = named[number]
        elif frame[:4] == _FIRST_PAGE:
            is_good = _is_whole(frame, seed, raw[:4]) or _is_first(body, first)
            body = first = body if is_good else first
        seed = frame[16:24]
        sums = _sums(body, _sums(frame[:8], sums))
        mended += frame[:8], salts, struct.pack(">2I", *sums), body
    if first and not path.exists():
        _over(path, {0: first})
    _over(_log(path), {0: (whole := b"".join(mended))})
    os.truncate(_log(path), len(whole))
    _index(path).unlink(missing_ok=True)


def _named(path: Path, page: int, frames: list[bytes]) -> Mapping[int, bytes]:
    """The pages that name the tables, if this file has them where a new one has."""
    new, there = schema_pages.fresh(page), {}
    for number in new:
        there[number] = _read(path, page, (number - 1) * page)
    for frame in frames:
        if (number := int.from_bytes(frame[:4])) in new:
            there[number] = frame[_FRAME.size :]
    return new if schema_pages.is_like_new(there, page) else {}


def _over(path: Path, pieces: Mapping[int, bytes]) -> None:
    """Write pieces over a file, each at its byte: cut off, it can be mended again."""
    path.touch()
    with path.open("r+b") as file:
        for at, piece in pieces.items():
            file.seek(at)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())  # before the mark that it is mended


def _is_first(page: bytes, before: bytes) -> bool:
    """Whether a first page is the one before, but for what each commit changes.

    That is bytes 24 to 39 (change counter, size, free pages) and 92 to 99.
    """
    if len(before) < len(page) or before[:16] != _MAGIC_OF_FILE:
        return True
    return _unchanging(page) == _unchanging(before)


def _unchanging(page: bytes) -> bytes:
    return page[:24] + page[40:92] + page[100:]


def _page(header: bytes, first: bytes) -> int:
    """Bytes of a page: as the log has it, or else the file, or else a new buffer."""
    if _is_header(header):
        return int(_HEADER.unpack(header)[2])
    told = int.from_bytes(first[_PAGE_AT])
    if first[:16] == _MAGIC_OF_FILE and told in _PAGES:
        return told
    return PAGE_BYTES


def _salts(header: bytes, frames: list[bytes]) -> bytes:
    """What marks the frames of this life of the log; a new life begins in front."""
    if _is_header(header):
        return header[16:24]
    some = [frame[8:16] for frame in frames[:3]]
    return max(some, key=some.count)


def _alive(header: bytes, frames: list[bytes]) -> list[bytes]:
    """The frames of this life of the log, without a last commit that is torn."""
    if not frames:
        return []
    salts = _salts(header, frames)
    own = [at for at, frame in enumerate(frames) if frame[8:16] == salts]
    frames = frames[: own[-1] + 1]
    ends = [at for at, frame in enumerate(frames) if _commits_at(frame)]
    if not ends:
        return []
    begin = ends[-2] + 1 if len(ends) > 1 else 0
    seed = header[24:32] if begin == 0 else frames[begin - 1][16:24]
    for frame in frames[begin : ends[-1] + 1]:
        if not _is_whole(frame, seed, header):
            return frames[:begin]
        seed = frame[16:24]
    return frames[: ends[-1] + 1]


def _is_whole(frame: bytes, seed: bytes, header: bytes) -> bool:
    """Whether a frame agrees with its checksum, which goes on from ``seed``."""
    sums = _sums(frame[:8], struct.unpack(">2I", seed), header)
    return (
        struct.pack(">2I", *_sums(frame[_FRAME.size :], sums, header)) == frame[16:24]
    )


def _commits_at(frame: bytes) -> bool:
    return frame[4:8] != bytes(4)  # pages of the file after the commit


def _is_header(header: bytes) -> bool:
    """Whether the log's header agrees with its checksum."""
    if len(header) < _HEADER.size or _HEADER.unpack(header)[0] not in _MAGIC:
        return False
    return _sums(header[:24], (0, 0), header) == _HEADER.unpack(header)[6:]


def _sums(data: bytes, sums: tuple[int, ...], header: bytes = b"") -> tuple[int, ...]:
    """Go on with a checksum; the byte order of its words is the header's lowest bit."""
    order = ">" if len(header) > 3 and header[3] & 1 else "<"
    a, b = sums
    for x, y in struct.iter_unpack(f"{order}2I", data):
        a = (a + x + b) & 0xFFFFFFFF
        b = (b + y + a) & 0xFFFFFFFF
    return a, b


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _index(path: Path) -> Path:
    return path.with_name(path.name + "-shm")


def _peek(path: Path, most: int) -> bytes:
    with suppress(FileNotFoundError):
        return peek(path, most)
    return b""


def _read(path: Path, most: int, at: int = 0) -> bytes:
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(at)
        return file.read(most)
    return b""
