"""Opening the buffer goes on where a crash or a full card has cut it off."""

import errno
import os
from pathlib import Path

import pytest

from gateway import inheritance, recovery
from gateway.records import BufferFault
from gateway.recovery import begin_anew, open_buffer, put_aside
from tests.gateway.buffers import (
    ALERTS,
    HERE,
    LAST,
    WAITING,
    copied,
    expected,
    filled,
    flip,
    held_in,
    salvaged,
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return copied(sound, tmp_path / "data")


def names(path: Path) -> list[str]:
    return sorted(part.name for part in path.parent.iterdir())


def test_a_sound_file_is_opened_and_nothing_is_salvaged(path):
    opened = open_buffer(path, HERE, "boot-4")

    assert (opened.damage, opened.salvage) == (None, None)
    opened.buffer.close()


def test_file_and_log_get_their_new_name_together(path):
    log = path.with_name("buffer.db-wal").read_bytes()

    aside = put_aside(path)

    assert names(path) == ["buffer.corrupt-1.db", "buffer.corrupt-1.db-wal"]
    assert aside.with_name("buffer.corrupt-1.db-wal").read_bytes() == log


def test_a_crash_between_the_new_names_parts_nothing(path, mocker):
    mocker.patch.object(Path, "unlink", side_effect=OSError(errno.EIO, "gone"))
    with pytest.raises(BufferFault, match="cannot be put aside: gone"):
        put_aside(path)
    mocker.stopall()
    assert "buffer.db-wal" in names(path)

    opened = open_buffer(path, HERE, "boot-4")
    salvaged(opened)
    opened.buffer.close()

    assert "buffer.corrupt-2.db" not in names(path)
    assert held_in(path) == expected(sorted(WAITING))


def test_a_crash_before_the_new_file_is_made_up_for_at_the_next_start(path):
    put_aside(path)

    opened = open_buffer(path, HERE, "boot-4")
    salvaged(opened)
    opened.buffer.close()

    assert "buffer.corrupt-1.db was put aside" in opened.damage
    assert held_in(path) == expected(sorted(WAITING))


def test_a_full_card_is_waited_out_and_nothing_is_forgotten(path, mocker):
    full = mocker.patch.object(
        recovery, "inherit", side_effect=BufferFault("database or disk is full")
    )
    flip(path, 3)
    for _ in range(3):
        with pytest.raises(BufferFault, match="full"):
            open_buffer(path, HERE, "boot-4")
        path.touch()  # as far as a full card goes
    mocker.stop(full)

    opened = open_buffer(path, HERE, "boot-4")
    salvaged(opened)
    opened.buffer.close()

    assert held_in(path) == expected(sorted(WAITING))
    assert opened.damage is not None
    assert [n for n in names(path) if n.endswith(".db")] == [
        "buffer.corrupt-1.db", "buffer.db",
    ]  # fmt: skip


def test_what_takes_too_long_is_left_and_the_start_goes_on(path, mocker):
    mocker.patch.object(inheritance, "INHERIT_S", -1.0)

    opened = begin_anew(path, HERE, "boot-4", "by hand")
    salvaged(opened)
    opened.buffer.close()

    assert opened.ledger.next == 1


def test_a_file_that_may_be_read_again_is_salvaged_into_a_buffer_with_a_past(
    path, mocker
):
    mocker.patch.object(
        os, "access", side_effect=lambda part, _: "corrupt" not in str(part)
    )
    opened = begin_anew(path, HERE, "boot-3", "by hand")
    opened.buffer.close()
    assert opened.salvage is None
    mocker.stopall()

    again = open_buffer(path, HERE, "boot-4")
    salvaged(again)

    assert sorted(held_in(path)) == sorted(expected(WAITING))
    boots = dict(again.buffer._db.execute("SELECT name, id FROM boot"))
    assert boots["boot-3"] < boots["boot-4"]  # of the new file
    assert boots["buffer.corrupt-1.db#3"] < boots["boot-3"]  # the same, as it was then
    assert again.damage is not None
    again.buffer.close()


def test_alerts_of_a_file_put_aside_long_ago_are_still_delivered(path):
    put_aside(path)
    path.with_name("elsewhere").mkdir()

    opened = open_buffer(path, HERE, "boot-4")

    waiting = opened.buffer._db.execute("SELECT id FROM outbox").fetchall()
    assert {event for (event,) in waiting} == set(ALERTS)
    opened.buffer.close()


@pytest.mark.slow
def test_a_log_alone_gives_back_what_it_has(path):
    path.unlink()

    opened = open_buffer(path, HERE, "boot-4")
    told = salvaged(opened)
    opened.buffer.close()

    assert "its log is not" in opened.damage
    assert "buffer.corrupt-1.db" in told
    assert set(held_in(path)) <= set(expected(range(1, LAST + 1)))
