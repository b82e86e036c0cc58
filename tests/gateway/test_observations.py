"""Counts on their way from a person's hands to the card, once."""

import contextlib
import json
import os
import signal
from pathlib import Path

import pytest

from gateway import (
    observations,
    observe_files,
    observe_names,
    past_buffer,
    status,
)
from gateway.inbox import Count, Counted, Request
from gateway.main import main
from gateway.observations import FOLDER, STILL_S, Observations
from gateway.records import Change
from gateway.segments import PEOPLE, Segment, Word, covering
from gateway.wiring import meta
from telemetry import messages
from tests.gateway import test_watch
from tests.gateway.test_recorder import stepped
from tests.gateway.test_watch import BEGIN_MS, Site

DAY_MS = 86_400_000
HEAD = "plot,quantity,value,pest,stage,method,role,at\n"
ROW = "p17,pest_density,{},NILALU,nymph,frame,technician,2026-01-01 07:30\n"
AT_0730_MS = BEGIN_MS + 30 * 60_000  # field time begins at 07:00 in Viet Nam


class Counting(Site):
    """A gateway with its folder of counts; time is known from the start."""

    def start(self) -> None:
        super().start()
        self.counts = Observations(
            self.config, self.clock, self.recorder.inbox, self.watch.past
        )
        self.folder = self.config.data_dir / FOLDER

    def look(self, after_s: float = 0.0) -> None:
        """One look into the folder, and what the recorder makes of it."""
        self.clock.now_s += after_s
        self.counts.tend()
        stepped(self.recorder)
        stepped(self.recorder)

    def drop(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def taken(self, name: str, text: str) -> None:
        self.drop(name, text)
        self.look()
        self.look(STILL_S)

    def rows(self) -> list[tuple[str, int, float | None]]:
        """Series, stamp and value of every count on the card."""
        with self.reading() as reader:
            heads, segments = reader.heads(), reader.segments()
            found = [row for row in reader.rows(1, 10**6) if row.boot == PEOPLE]
        told = []
        for row in found:
            segment = covering(segments, row.boot, row.ms)
            assert segment is not None
            told.append((heads[row.series], row.ms + segment.offset_ms, row.value))
        return told

    def observe(self, *words: str) -> int:
        path = self.config.data_dir.parent / "gateway.toml"
        return main(["observe", "-c", str(path), *words])


@pytest.fixture
def site(tmp_path: Path):
    one = Counting(tmp_path)
    one.clock.now_s = 3600.0
    yield one
    with contextlib.suppress(ValueError):  # closed by the test
        one.recorder.close()


def test_a_count_by_command_becomes_a_reading_and_its_note_goes(site, capsys):
    assert site.observe(
        "p17", "pest_density", "12,5", "--pest", "NILALU", "--stage", "nymph",
        "--at", "2026-01-01 07:30",
    ) == 0  # fmt: skip
    site.look()

    ((head, stamp_ms, value),) = site.rows()
    assert head.endswith("sensor=by-technician-frame,z=0,pest=NILALU,stage=nymph")
    assert (stamp_ms - AT_0730_MS) // 60_000 == 0
    assert value == 12.5
    assert list(site.folder.iterdir()) == []
    told = capsys.readouterr().out
    assert "đã ghi nhận · noted: thửa 17 (p17): rầy nâu (NILALU, ấu trùng)" in told
    assert "trạm chưa chạy" in told


def test_a_level_below_the_soil_is_no_option(site):
    assert site.observe("p17", "water_level", "-5,2", "--at", "2026-01-01 07:30") == 0
    site.look()

    assert [value for _, _, value in site.rows()] == [-5.2]


def test_a_slip_leaves_no_note(site, capsys):
    assert site.observe("p177", "pest_density", "x", "--pest", "NILALU") == 2

    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert "có phải p17?" in told[0]
    assert list(site.folder.iterdir()) == []


def test_the_running_gateway_tells_what_time_it_is(site, capsys):
    snapshot = {"observations": site.counts.report()}
    status.write(status.path_for(site.config), snapshot)

    assert site.observe("p17", "pest_density", "1", "--pest", "NILALU") == 0
    late = ["p17", "pest_density", "1", "--pest", "NILALU", "--at", "2026-01-02 07:30"]
    assert site.observe(*late) == 2
    site.look()

    ((_, stamp_ms, _),) = site.rows()
    assert (stamp_ms - BEGIN_MS) // 60_000 == 60
    assert "at: sau giờ của trạm 1410 phút" in capsys.readouterr().err


def test_a_table_waits_until_nobody_writes_to_it(site):
    path = site.drop("a.csv", HEAD)
    site.look()
    site.look(STILL_S - 0.5)
    with path.open("a") as file:
        file.write(ROW.format(3))
    site.look(0.5)
    site.look(STILL_S - 0.5)
    early = site.rows()
    site.look(0.5)

    assert early == []
    assert [value for _, _, value in site.rows()] == [3.0]
    assert not path.exists()


def test_frames_of_one_minute_are_points_of_their_own(site):
    site.taken("a.csv", HEAD + ROW.format(3) * 5)
    site.observe("p17", "pest_density", "3", "--pest", "NILALU", "--stage", "nymph",
                 "--at", "2026-01-01 07:30")  # fmt: skip
    site.observe("p17", "pest_density", "3", "--pest", "NILALU", "--stage", "nymph",
                 "--at", "2026-01-01 07:30")  # fmt: skip
    site.look()

    found = site.rows()
    assert len({head for head, _, _ in found}) == 1
    assert len({stamp for _, stamp, _ in found}) == 7
    assert {(stamp - AT_0730_MS) // 60_000 for _, stamp, _ in found} == {0}


def test_the_same_table_dropped_again_has_no_effect(site):
    site.taken("a.csv", HEAD + ROW.format(3))
    site.taken("copy of a.csv", HEAD + ROW.format(3))
    site.recorder.close()
    site.start()
    site.taken("a.csv", HEAD + ROW.format(3))

    assert len(site.rows()) == 1
    assert list(site.folder.iterdir()) == []


def test_bad_rows_are_put_beside_and_told(site, caplog):
    site.taken("a.csv", HEAD + ROW.format(3) + ROW.format("x") + ROW.format(4))

    assert [value for _, _, value in site.rows()] == [3.0, 4.0]
    (bad,) = site.folder.iterdir()
    assert bad.name == "a.bad.csv"
    assert "không phải là số" in bad.read_text(encoding="utf-8-sig")
    assert "line 3: value: 'x' không phải là số" in caplog.text
    site.look()
    report = site.counts.report()
    assert (report["taken"], report["bad"]) == (2, ["a.bad.csv"])


def test_bad_rows_of_another_day_do_not_take_their_place(site):
    site.taken("a.csv", HEAD + ROW.format("x"))
    site.taken("a.csv", HEAD + ROW.format("y"))

    assert len(list(site.folder.iterdir())) == 2
    assert site.rows() == []


def test_a_file_that_is_no_table_is_put_aside_whole(site):
    site.taken("a.csv", "who,what\nI,saw\n")

    (bad,) = site.folder.iterdir()
    assert (bad.name, bad.read_text()) == ("a.bad.csv", "who,what\nI,saw\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"said": 3, "cells": {}}',
        "[" * 5000,
        '{"said": {"boot": "boot-1", "ms": 1e999}, "cells": {}}',
        '{"said": {"boot": "boot-1", "ms": 1}, "cells": {"plot": "\\ud800"}}',
        '{"said": {"boot": "\\ud800", "ms": 1}, "cells": {"plot": "p17"}}',
    ],
)
def test_a_note_that_is_none_is_put_aside(site, text):
    site.drop("a.json", text)
    site.look()

    assert [path.name for path in site.folder.iterdir()] == ["a.bad"]


def test_a_spreadsheet_s_own_file_is_told_and_holds_up_nothing(site):
    site.drop("a.xlsx", "PK")
    site.drop(".a.csv.swp", "")
    os.close(os.open(bytes(site.folder / "b") + b"\xff\n.txt", os.O_CREAT))
    site.taken("c.csv", HEAD + ROW.format(3))
    site.look()

    assert len(site.rows()) == 1
    report = site.counts.report()
    assert report["why"] == "b??.txt: " + observations.NO_TABLE
    status.write(status.path_for(site.config), {"observations": report})


def test_what_is_no_file_is_left_alone(site):
    (site.folder / "b.csv").mkdir()
    os.mkfifo(site.folder / "c.csv")
    site.taken("d.csv", HEAD + ROW.format(3))

    assert len(site.rows()) == 1


def test_counts_of_days_to_come_or_long_ago_are_put_aside(site):
    late, old = (
        ROW.replace("2026-01-01 07:30", at)
        for at in ("2026-01-01 08:07", "2025-11-01 07:00")
    )
    site.taken("a.csv", HEAD + late.format(1) + old.format(1) + ROW.format(1))

    assert len(site.rows()) == 1
    bad = (site.folder / "a.bad.csv").read_text(encoding="utf-8-sig")
    assert "quá 60 ngày" in bad
    assert "is 6 minutes later than the gateway's time" in bad


def test_counts_wait_while_nobody_knows_the_time(tmp_path, caplog):
    site = Counting(tmp_path)
    site.recorder.close()
    site.config.buffer_path.unlink()
    site.start()
    site.clock.now_s = 3600.0
    site.clock.wall_ms = lambda: BEGIN_MS + 3_600_000
    site.taken("a.csv", HEAD + ROW.format(3))
    site.look()
    early, report = site.rows(), site.counts.report()
    word = Word(3_600_000, BEGIN_MS, 120_000)
    site.watch.past._board.hear("person", word)
    site.look()

    assert early == []
    assert report["why"] == observe_files.NO_TIME
    assert caplog.text.count("trạm chưa biết giờ") == 1
    assert len(site.rows()) == 1
    site.recorder.close()


def said_of(site: Counting, boot: str) -> None:
    """Leave a note of now, and let it have been left in ``boot`` after half an hour."""
    site.observe("p17", "pest_density", "1", "--pest", "NILALU")
    (note,) = site.folder.iterdir()
    given = json.loads(note.read_text())
    assert given["said"]["ms"] > 0
    given["said"] = {"boot": boot, "ms": 30 * 60_000}
    note.write_text(json.dumps(given))


def test_a_note_of_now_is_of_the_instant_at_which_it_was_left(site):
    said_of(site, "boot-1")
    site.look(after_s=7200.0)

    ((_, stamp_ms, _),) = site.rows()
    assert (stamp_ms - AT_0730_MS) // 60_000 == 0


@pytest.mark.parametrize("boot", ["boot-1", "boot-9"])
def test_a_note_of_an_earlier_run_is_dated_by_it_or_told(site, boot):
    said_of(site, boot)
    site.recorder.close()
    site.clock.boot = "boot-2"
    site.start()
    segment = Segment(2, 2, 0, BEGIN_MS + DAY_MS, "hello", 20)
    stepped(site.recorder, Request(Change(segments=[segment])))
    site.look()

    if boot == "boot-1":
        ((_, stamp_ms, _),) = site.rows()
        assert (stamp_ms - AT_0730_MS) // 60_000 == 0
    else:
        assert site.rows() == []
        (bad,) = site.folder.glob("*.bad")
        assert "ghi lại kèm --at" in bad.read_text()


def test_a_note_of_an_earlier_run_waits_until_that_is_dated(tmp_path):
    site = Counting(tmp_path)
    site.recorder.close()
    site.config.buffer_path.unlink()  # with the segment of its boot
    site.start()
    said_of(site, "boot-1")
    site.recorder.close()
    site.clock.boot = "boot-2"
    site.start()
    later = Segment(1, 2, 0, BEGIN_MS + DAY_MS, "hello", 20)
    stepped(site.recorder, Request(Change(segments=[later])))
    site.look()
    early, why = site.rows(), site.counts.report()["why"]
    dated = Segment(2, 1, 0, BEGIN_MS, "bracket", 20)
    stepped(site.recorder, Request(Change(segments=[dated]), at_once=True))
    site.look()

    assert (early, why) == ([], observe_files.NO_TIME)
    ((_, stamp_ms, _),) = site.rows()
    assert (stamp_ms - AT_0730_MS) // 60_000 == 0
    site.recorder.close()


def test_a_kill_between_commit_and_removal_doubles_nothing(site):
    site.drop("a.csv", HEAD + ROW.format(3) * 3)
    site.recorder.close()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            site.start()
            site.counts._done = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            site.look()
            site.look(STILL_S)
        os._exit(0)
    _, code = os.waitpid(child, 0)
    left = [path.name for path in site.folder.iterdir()]
    site.start()
    committed = len(site.rows())
    site.look()
    site.look(STILL_S)

    assert os.WTERMSIG(code) == signal.SIGKILL
    assert left == ["a.csv"]
    assert committed == 3
    assert len(site.rows()) == 3
    assert list(site.folder.iterdir()) == []


def test_a_table_that_takes_the_place_of_another_is_not_removed_for_it(site):
    path = site.drop("a.csv", HEAD + ROW.format(3))
    site.look()
    site.clock.now_s += STILL_S
    site.counts.tend()
    path.unlink()
    site.drop("a.csv", HEAD + ROW.format(4))
    stepped(site.recorder)
    site.look()
    site.look(STILL_S)

    assert [value for _, _, value in site.rows()] == [3.0, 4.0]


def test_rules_see_who_has_counted_what_also_after_a_restart(site):
    site.taken("a.csv", HEAD + ROW.format(3) + ROW.format(7))

    def seen():
        past = site.watch.past
        (place,) = [place for place in past.places if place.role is not None]
        newest = past.newest(place)
        hours = past.hours(place, BEGIN_MS - DAY_MS, BEGIN_MS + DAY_MS)
        return (
            place,
            newest.value,
            newest.ms // 60_000,
            [(h.begin_ms, h.n) for h in hours],
        )

    first = seen()
    site.recorder.close()
    site.start()

    place, value, minute, hours = first
    assert (place.plot, place.role, place.method) == ("p17", "technician", "frame")
    assert (place.pest, place.stage) == ("NILALU", "nymph")
    assert (value, minute, hours) == (7.0, 30, [(BEGIN_MS, 2)])
    assert seen() == first


def test_the_province_is_told_the_words_of_who_counts(site):
    told = json.loads(messages.encode(meta(site.config)))["people"]

    assert told["sensor"] == "by-ROLE-METHOD"
    assert told["roles"]["technician"] == "kỹ thuật viên"
    assert told["quantities"]["pest_density"] == "per m²"


def test_status_tells_of_counts_and_of_what_was_put_aside(site):
    site.taken("a.csv", HEAD + ROW.format(3) + ROW.format("x"))
    site.look()

    lines = status._counts(site.counts.report())

    assert lines == ["  counts    1 taken", "            PUT ASIDE: a.bad.csv"]
    assert status._counts(None) == []


def test_a_threshold_on_counts_speaks_of_what_was_counted(tmp_path, monkeypatch):
    """The whole way: a table, the card, the rule, an alert on the card."""
    sown_by_hand = test_watch.CONFIG.replace("duration", 'method = "sa"\nduration')
    monkeypatch.setattr(test_watch, "CONFIG", sown_by_hand)
    site = Counting(tmp_path)
    site.poll(2.0, 2.0)
    before = [alert.rule for alert in site.alerts()]
    row = "p17,pest_per_tiller,{},NILALU,nymph,tiller,farmer,01/01/2026 07:{}\n"
    site.taken("a.csv", HEAD + row.format(2.5, 30) + row.format(0.5, 20))
    site.poll(2.0, 2.0, 2.0)

    assert before == []
    (alert,) = site.alerts()
    assert (alert.rule, alert.action) == ("rice-planthopper-tillering", "control")
    assert (alert.value, alert.unit) == (2.5, "per tiller")
    assert "đếm được rầy nâu non 2,5" in alert.vi
    site.recorder.close()


def newest(site) -> tuple[float, float]:
    """What rules read of the only series that people counted: newest, last of hour."""
    past = site.watch.past
    (place,) = [place for place in past.places if place.role is not None]
    hours = past.hours(place, BEGIN_MS - DAY_MS, BEGIN_MS + DAY_MS)
    return past.newest(place).value, hours[-1].last


def test_a_count_told_again_counts_although_the_numbers_have_gone_round(site):
    site.recorder._next = 59_999  # the last place of a minute; the next is its first
    site.taken("a.csv", HEAD + ROW.format(840))
    site.taken("b.csv", HEAD + ROW.format(84))
    live = newest(site)
    site.recorder.close()
    site.start()
    (recorded,) = past_buffer.read(
        site.config, lambda p: p.role is not None
    ).samples.values()

    assert [value for _, _, value in site.rows()] == [840.0, 84.0]
    assert live == (84.0, 84.0)
    assert newest(site) == (84.0, 84.0)
    assert [value for _, value, _ in sorted(recorded)] == [840.0, 84.0]


def test_a_count_that_a_wrong_clock_dated_ahead_hides_none_of_later(site):
    site.taken("a.csv", HEAD + ROW.format(84))
    ((head, *_),) = site.rows()
    ahead = Counted((Count(head, AT_0730_MS + 9 * DAY_MS, 840.0),), "d", lambda _: None)
    site.recorder.inbox.put(ahead)
    stepped(site.recorder)
    live = newest(site)
    site.recorder.close()
    site.start()

    assert len(site.rows()) == 2
    assert live == newest(site) == (84.0, 84.0)
    site.clock.now_s += 9 * DAY_MS / 1000
    assert newest(site)[0] == 840.0


def test_a_folder_that_may_not_be_looked_into_is_told(site, mocker):
    mocker.patch.object(Path, "iterdir", side_effect=PermissionError(13, "denied"))
    site.look()

    (line,) = status._counts(site.counts.report())
    assert line.endswith(f"{site.folder}: denied")


def test_one_slip_in_all_rows_of_a_table_costs_one_search_for_the_name(site, mocker):
    search = mocker.spy(observe_names.difflib, "get_close_matches")
    site.taken("a.csv", HEAD + ROW.format(3).replace("p17", "plot-of-another") * 500)

    assert search.call_count == 1
    assert site.rows() == []


def test_a_link_is_not_followed_neither_in_reading_nor_in_putting_aside(site):
    secret = site.config.data_dir / "secret"
    secret.write_text("of others\n")
    (site.folder / "link.csv").symlink_to(secret)
    (site.folder / "a.bad.csv.part").symlink_to(secret)
    site.taken("a.csv", HEAD + ROW.format("x"))
    site.look()

    assert secret.read_text() == "of others\n"
    assert [p.name for p in site.folder.iterdir() if p.is_symlink()] == ["link.csv"]
    assert (site.folder / "a.bad.csv").is_file()
    assert "link.csv: là liên kết" in site.counts.report()["why"]
