"""Edited rules: when the folder is read again, what stays, and what is told."""

import logging
import os
import shutil
from pathlib import Path

import msgspec
import pytest

from gateway import check, reload, rulebook, status
from gateway.config import Config, Rules
from gateway.main import main
from gateway.reload import File, Reload, Seen, Sign, is_unmounted, step
from rules import rule
from telemetry import messages
from tests.gateway.test_check import GOOD

OVER = '[rules.{rule}]\nseverity = "{severity}"\n'
OLD, NEW = Sign(1, (File("a.toml", 1, 10),)), Sign(1, (File("a.toml", 1, 11),))


def overlay(severity: str = "critical", of: str = "rice-water-low") -> str:
    return "version = 1\n" + OVER.format(rule=of, severity=severity)


class Site:
    """A folder of rules, and a daemon's look at it each second."""

    def __init__(self, folder: Path, **switches: list[str]) -> None:
        self.folder = folder / "rules.d"
        self.folder.mkdir(exist_ok=True)
        self.now_s = 100.0
        self.config = Config(
            version=1, coop="c", gateway="g", data_dir=folder,
            rules=Rules(folder=self.folder, **switches),
        )  # fmt: skip

    def begin(self) -> "Site":
        self.reload = Reload(self.config)
        return self

    def write(self, text: str, name: str = "site.toml") -> "Site":
        (self.folder / name).write_text(text, encoding="utf-8")
        return self

    def later(self, seconds: int = 8) -> bool:
        """Whether the rules were swapped in these seconds."""
        looks = []
        for _ in range(seconds):
            self.now_s += 1.0
            looks.append(self.reload.look(self.now_s))
        return any(each is not None for each in looks)

    def severity(self, of: str = "rice-water-low") -> str:
        return self.reload.on[of].table.severity


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


# --- when it is read --------------------------------------------------------------


def test_what_has_not_changed_is_not_read_again():
    seen = Seen(read=OLD, found=OLD)

    assert step(seen, OLD, 5.0) == (seen, False)


def test_a_change_is_read_once_it_has_settled():
    seen, is_due = step(Seen(read=OLD, found=OLD), NEW, 5.0)
    again, is_due_then = step(seen, NEW, 6.0)

    assert (is_due, is_due_then) == (False, True)
    assert step(again, NEW, 11.0) == (again, False)


def test_a_file_that_still_grows_is_waited_for():
    seen, looks = Seen(read=OLD, found=OLD), []
    for size in (11, 12, 13, 13):
        found = Sign(1, (File("a.toml", 1, size),))
        seen, is_due = step(seen, found, float(size + len(looks)))
        looks.append(is_due)

    assert looks == [False, False, False, True]


def test_what_is_wanted_is_read_though_nothing_has_changed():
    seen, is_due = step(Seen(read=OLD, found=OLD, is_wanted=True), OLD, 5.0)

    assert is_due
    assert not seen.is_wanted


def test_a_folder_that_is_gone_is_not_read_and_what_was_wanted_waits():
    seen, is_due = step(Seen(read=OLD, found=OLD, is_wanted=True), None, 5.0)

    assert not is_due
    assert seen.is_wanted
    assert seen.read == OLD


@pytest.mark.parametrize(
    ("read", "found", "says"),
    [
        (OLD, Sign(2, ()), True),
        (OLD, Sign(1, ()), False),  # somebody has emptied it
        (OLD, Sign(2, NEW.files), False),  # another stick
        (Sign(2, ()), Sign(1, ()), False),
        (None, Sign(1, ()), False),
    ],
)
def test_an_empty_mount_point_is_not_an_emptied_folder(read, found, says):
    assert is_unmounted(read, found) is says


# --- what is in force --------------------------------------------------------------


def test_an_edit_is_in_force_within_seconds(site, caplog):
    caplog.set_level(logging.INFO)
    site.write(overlay("notice")).begin()
    assert site.severity() == "notice"

    site.write(overlay("critical"))

    assert site.later()
    assert site.severity() == "critical"
    assert "changed rice-water-low" in caplog.text
    assert not site.later(20)


def test_a_file_that_goes_takes_its_rules_along(site, caplog):
    caplog.set_level(logging.INFO)
    site.write(overlay()).begin()

    (site.folder / "site.toml").unlink()

    assert site.later()
    assert site.severity() == "warning"
    assert site.reload.faults == []


def test_a_switch_of_the_config_stays_in_force(tmp_path):
    site = Site(tmp_path, off=["rice-water-low"]).begin()

    site.write(overlay())

    assert site.later()
    assert "rice-water-low" not in site.reload.on


BROKEN = {
    "half": overlay()[:-5],
    "empty": "",
    "binary": "\0\1\2",
    "other version": overlay().replace("= 1", "= 2"),
    "unknown key": overlay().replace("severity", "severty"),
    "wrong word": overlay("criticl"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_edit_leaves_the_old_in_force_and_is_told_once(site, caplog, broken):
    site.write(overlay()).write(overlay("notice", "rice-water-soon"), "b.toml").begin()

    site.write(BROKEN[broken])
    site.later(60)

    (fault,) = site.reload.faults
    assert str(site.folder / "site.toml") in fault
    assert site.severity() == "critical"
    assert site.reload.kept == ["rice-water-low"]
    assert caplog.text.count(fault) == 1


def test_a_broken_file_holds_up_no_other(site):
    site.write(overlay()).write(overlay("notice", "rice-water-soon"), "b.toml").begin()

    site.write(BROKEN["half"]).write(overlay("warning", "rice-water-soon"), "b.toml")
    site.later()

    assert site.severity() == "critical"
    assert site.severity("rice-water-soon") == "warning"


def test_a_mended_edit_is_told_once(site, caplog):
    caplog.set_level(logging.INFO)
    site.write(overlay()).begin().write(BROKEN["half"])
    site.later()

    site.write(overlay("notice"))
    site.later(60)

    assert site.severity() == "notice"
    assert site.reload.faults == site.reload.kept == []
    assert caplog.text.count("without fault again") == 1


def test_a_start_on_a_broken_file_watches_by_what_is_shipped(site):
    site.write(BROKEN["half"]).begin()

    assert len(site.reload.faults) == 1
    assert site.severity() == "warning"


def test_a_switch_for_a_rule_that_is_not_there_is_told(tmp_path):
    site = Site(tmp_path, on=["rice-water-lwo"]).begin()

    (fault,) = site.reload.faults
    assert "did you mean 'rice-water-low'?" in fault
    assert site.reload.all_known is None  # every rule was read


def test_while_a_file_is_broken_a_rule_that_is_not_known_may_be_in_it(tmp_path):
    site = Site(tmp_path, off=["rice-blast"]).write(BROKEN["half"]).begin()

    unsure = site.reload.all_known
    site.write(overlay())
    site.later()

    assert unsure == rule.packs().keys()
    assert site.reload.all_known is None


def test_a_folder_that_vanishes_leaves_the_old_in_force(site, caplog):
    caplog.set_level(logging.INFO)
    site.write(overlay()).begin()

    shutil.move(site.folder, f"{site.folder}.away")
    site.later(30)
    (gone,) = site.reload.faults
    severity = site.severity()
    shutil.move(f"{site.folder}.away", site.folder)
    site.later(30)

    assert gone.endswith("cannot be listed: No such file or directory")
    assert severity == site.severity() == "critical"
    assert site.reload.faults == []
    assert caplog.text.count(gone) == 1
    assert caplog.text.count("without fault again") == 1


def test_a_start_without_the_folder_takes_it_when_it_is_there(site):
    site.folder.rmdir()
    site.begin()
    assert len(site.reload.faults) == 1

    site.folder.mkdir()
    site.write(overlay())

    assert site.later()
    assert site.severity() == "critical"
    assert site.reload.faults == []


def test_without_a_folder_nothing_is_looked_at(site, mocker):
    look = mocker.spy(reload, "sign")
    site.config = msgspec.structs.replace(site.config, rules=Rules())
    site.begin()

    assert not site.later()
    assert look.call_count == 0
    assert site.reload.faults == []


def test_a_file_that_changes_while_it_is_read_is_read_again(site, mocker):
    site.write(overlay("notice")).begin()
    read, edits = rulebook.read, iter(["warning", "critical"])

    def and_edit(*given):
        found = read(*given)
        for severity in edits:
            site.write(overlay(severity) + "# longer" * len(severity))
            break
        return found

    mocker.patch.object(rulebook, "read", and_edit)
    site.write(overlay("warning"))
    site.later(20)

    assert site.severity() == "critical"


def test_a_bug_in_reading_stops_nothing(site, mocker, caplog):
    site.write(overlay()).begin().write(overlay("notice"))
    mocker.patch.object(rulebook, "read", side_effect=RuntimeError("bug"))

    assert site.later()
    assert site.severity() == "critical"
    assert "the log tells where" in site.reload.faults[0]
    assert "RuntimeError: bug" in caplog.text


def test_many_faults_are_told_in_few_lines(site):
    site.write("version = 1\n" + "".join(f"[rules.r{n}]\n" for n in range(99))).begin()

    assert len(site.reload.faults) == 21
    assert site.reload.faults[-1].endswith("see canhdong rules check")


def test_a_fault_can_be_sent_whatever_a_file_is_called(site):
    site.write(overlay()).begin()

    (site.folder / os.fsdecode(b"\xff\n\xc4.toml")).write_text("[broken")
    site.later()

    (fault,) = site.reload.faults
    assert messages.encode(fault)
    assert "rules.d/���.toml: not TOML" in fault


def test_a_bug_at_the_start_leaves_the_rules_that_are_shipped(site, mocker):
    mocker.patch.object(rulebook, "read", side_effect=RuntimeError("bug"))

    assert site.begin().severity() == "warning"


def test_what_an_editor_leaves_beside_a_file_is_no_rule(site):
    site.write(overlay()).begin()

    (site.folder / ".#site.toml").symlink_to("somebody@machine.4711")
    site.write("[half", "site.toml~").write("[half", ".site.toml.swp")

    assert not site.later()
    assert site.reload.faults == []


@pytest.mark.parametrize("odd", ["pipe", "link", "folder"])
def test_what_is_no_file_holds_nobody_up(site, odd):
    site.write(overlay()).begin()
    path = site.folder / "odd.toml"

    if odd == "pipe":
        os.mkfifo(path)
    elif odd == "link":
        path.symlink_to(path)
    else:
        path.mkdir()

    site.later()
    (fault,) = site.reload.faults
    assert str(path) in fault
    assert site.severity() == "critical"


# --- what people see ---------------------------------------------------------------


@pytest.fixture
def configured(tmp_path):
    """A gateway's config whose own rules are half written."""
    site = Site(tmp_path).write(BROKEN["half"])
    path = tmp_path / "gateway.toml"
    text = GOOD.replace('"data"', f'"{tmp_path}"')
    text += f'[rules]\nfolder = "{site.folder}"\n'
    path.write_text(text, encoding="utf-8")
    return path


def test_a_fault_of_a_rule_is_one_of_check_and_stops_nothing_else(configured, capsys):
    assert main(["check", "-c", str(configured)]) == 2
    (line,) = capsys.readouterr().err.splitlines()

    assert "rules.d/site.toml: not TOML" in line
    assert check.load(configured).rules.folder


def test_rules_list_tells_faults_and_what_goes_on_as_it_was(configured, capsys):
    said = configured.parent / status.FILE
    said.write_text('{"rules_kept": ["rice-water-low"]}', encoding="utf-8")

    assert main(["rules", "list", "-c", str(configured)]) == 0

    *_, fault, kept = capsys.readouterr().out.splitlines()
    assert fault.startswith("FAULT ")
    assert "site.toml: not TOML" in fault
    assert kept.endswith("what these were: rice-water-low")


def test_status_says_what_is_wrong_with_the_rules():
    said = {"rules_faults": ["a.toml: broken"], "rules_kept": ["my-rule", "other"]}

    assert list(status.rules(said)) == [
        "  RULES     a.toml: broken",
        "            as they were: my-rule, other",
    ]
    assert list(status.rules({})) == []
