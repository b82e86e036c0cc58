"""What is kept of the rounds, and how they add up."""

import json
import os

import pytest

from gateway.prove.device import device_of
from gateway.prove.record import FILE, Record, Running, Standing
from gateway.prove.verdict import Verdict

RUNNING = Running(key="k1", boot="b1")
GOOD = Verdict(says="all-there", rows=3412, missing=[], damaged=[])
BAD = Verdict(says="lies", rows=500, missing=[(464, 500)], damaged=[])


def judged(*verdicts: Verdict, device: str | None = "mmcblk0 SD32G") -> Record:
    record = Record(RUNNING)
    for verdict in verdicts:
        record = record.judged(verdict, "b2", "2026-11-22", device)
    return record


def test_a_record_comes_back_as_it_was_saved(tmp_path):
    record = Record(RUNNING, judged(GOOD).rounds)
    record.save(tmp_path)

    assert Record.load(tmp_path) == record


@pytest.mark.parametrize(
    "text", [None, "", "[]", "{}", '{"running": 3, "rounds": []}', "\0" * 100,
             '{"running": null, "rounds": [{"rows": 1}]}'],
)  # fmt: skip
def test_a_record_that_cannot_be_read_is_none(tmp_path, text):
    if text is not None:
        (tmp_path / FILE).write_text(text)

    assert Record.load(tmp_path) == Record()


def test_rounds_add_up():
    assert judged(GOOD, GOOD, BAD).summary() == {
        "cuts": 3,
        "witnessed": 3,
        "rows": 7324,
        "lost": 37,
        "lies": True,
        "date": "2026-11-22",
        "device": "mmcblk0 SD32G",
    }


def test_another_card_begins_anew():
    old = judged(BAD, device="mmcblk0 OLD")

    summary = old.judged(GOOD, "b3", "2026-11-23", "mmcblk0 NEW").summary()

    assert summary is not None
    assert (summary["cuts"], summary["lost"], summary["lies"]) == (1, 0, False)


def test_before_the_first_verdict_there_is_no_proof(tmp_path):
    Record(RUNNING).save(tmp_path)

    assert Standing(tmp_path).now() is None


def test_a_running_gateway_sees_a_new_verdict(tmp_path):
    standing = Standing(tmp_path)
    before = standing.now()
    judged(GOOD).save(tmp_path)
    after = standing.now()

    assert before is None
    assert after is not None
    assert after["cuts"] == 1
    assert json.dumps(after)


def test_a_record_that_may_not_be_read_stops_no_gateway(tmp_path):
    (tmp_path / FILE).mkdir()

    assert Standing(tmp_path).now() is None


def test_the_gateway_may_read_what_root_has_proven(tmp_path):
    before = os.umask(0o077)
    judged(GOOD).save(tmp_path)
    os.umask(before)

    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o644


def test_a_card_s_marks_are_read_where_the_kernel_has_them(tmp_path):
    at = tmp_path.stat().st_dev
    disk = tmp_path / "sys" / "devices" / "mmcblk0"
    part = disk / "mmcblk0p2"
    part.mkdir(parents=True)
    (part / "partition").write_text("2\n")
    (disk / "device").mkdir()
    for mark, said in {"name": "SD32G\n", "manfid": "0x000003\n"}.items():
        (disk / "device" / mark).write_text(said)
    block = tmp_path / "sys" / "dev" / "block"
    block.mkdir(parents=True)
    (block / f"{at >> 8 & 0xFFF}:{at & 0xFF}").symlink_to(part)

    assert device_of(tmp_path, tmp_path / "sys") == "mmcblk0 0x000003 SD32G"


def test_without_marks_the_card_has_no_name(tmp_path):
    assert device_of(tmp_path, tmp_path) is None
