"""``canhdong rules check`` and ``rules diff``, as a person calls them."""

import os
from pathlib import Path

import pytest

from gateway.main import main
from rules.rule import pack_files, packs
from rules.tables import MOST_BYTES
from tests.gateway.test_check import GOOD

SEVERE = 'version = 1\n[rules.rice-water-low]\nseverity = "critical"\n'
BROKEN = 'version = 1\n[rules.rice-blast]\nwhen = "blst(wanted, among)"\nhold = 1\n'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "rules.d").mkdir()
    text = f'{GOOD}[rules]\nfolder = "{tmp_path}/rules.d"\noff = ["rice-water-soon"]\n'
    (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
    return tmp_path


def called(capsys, *args: object) -> tuple[int, list[str], list[str]]:
    code = main(["rules", *map(str, args)])
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out.splitlines(), told.err.splitlines()


def test_the_packs_are_good_and_each_rule_is_a_line(capsys):
    code, out, err = called(capsys, "check")

    assert (code, err) == (0, [])
    assert len(out) == len(packs()) + 1
    assert "on   sourced   rice-water-low" in out
    assert out[-1].endswith(" 0 faults")


@pytest.mark.slow
@pytest.mark.parametrize("path", pack_files(), ids=lambda path: path.stem)
def test_each_pack_is_good_alone(capsys, path):
    code, out, err = called(capsys, "check", path)

    assert (code, err) == (0, [])
    assert len(out) > 1


def test_every_fault_of_every_file_is_told_at_once_with_its_place(capsys, site):
    (site / "a.toml").write_text(BROKEN)
    (site / "b.toml").write_text("rules = [")
    (site / "c.toml").write_text(SEVERE)

    code, out, err = called(
        capsys, "check", *(site / name for name in ("a.toml", "b.toml", "c.toml"))
    )

    assert code == 2
    assert err == [
        f"{site}/b.toml: not TOML: Invalid value (at end of document)",
        f"{site}/a.toml: rules.rice-blast.hold: 1: expected a table, got int",
        f"{site}/a.toml: rules.rice-blast.when: unknown function 'blst';"
        " did you mean 'blast'?",
    ]
    assert out == [
        "on   sourced   rice-water-low",
        "1 rules, 1 on, 3 faults",
    ]


def test_a_folder_may_be_named_too(capsys, site):
    (site / "rules.d" / "a.toml").write_text(SEVERE)

    _, out, _ = called(capsys, "check", site / "rules.d")

    assert out == ["on   sourced   rice-water-low", "1 rules, 1 on, 0 faults"]


def test_the_sites_folder_and_its_switches_are_checked(capsys, site):
    (site / "rules.d" / "site.toml").write_text(SEVERE)
    config = site / "gateway.toml"
    config.write_text(config.read_text() + 'on = ["onion-dwe"]\n')

    code, out, err = called(capsys, "check", "-c", config)

    assert code == 2
    assert err == ["rules.on: unknown rule 'onion-dwe'; did you mean 'onion-dew'?"]
    assert "off  sourced   rice-water-soon" in out


def test_oddities_are_notes_and_no_faults(capsys, site):
    path = site / "rules.d" / "site.toml"
    path.write_text(
        'version = 1\n[rules.rice-water-low]\ntitle.vi = "Ruong can nuoc"\n'
        'clear = "last(water_level) > fill"\n'
        "[sets.safe-awd.numbers.low]\nvalue = -12\nsource = 'le-xuan-quang'\n"
    )
    config = site / "gateway.toml"
    text = config.read_text().replace("[rules]", 'sown = "2027-02-20"\n[rules]')
    config.write_text(text)

    code, out, err = called(capsys, "check", "-c", config)

    assert (code, err) == (0, [])
    notes = [line for line in out if line.startswith("note: ")]
    assert any("title.vi: 'Ruong can nuoc' has no accents" in line for line in notes)
    assert any("clear: the pack's rule of this id means" in line for line in notes)
    assert any("nobody has approved them" in line for line in notes)
    assert any("plots.p17.sown: 2027-02-20 is not within" in line for line in notes)
    assert "off  proposed  rice-water-low" in out


def test_a_folder_that_is_gone_is_a_fault(capsys, site):
    (site / "rules.d").rmdir()

    code, _, err = called(capsys, "check", "-c", site / "gateway.toml")

    assert code == 2
    assert err == [
        f"rules.folder: {site}/rules.d: cannot be listed: No such file or directory"
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "says"),
    [
        (os.mkfifo, "is not a file that can be read"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
        (lambda path: path.mkdir(), "is not a file that can be read"),
        (lambda path: path.write_bytes(b"\xff\xfe\0"), "byte 0 is not UTF-8"),
        (lambda path: path.write_bytes(b"#" * (MOST_BYTES + 1)), "is larger than 256"),
        (lambda path: path.symlink_to("/dev/zero"), "is not a file that can be read"),
        (lambda path: path.write_text("version = '1'"), "version: '1': expected int"),
        (lambda path: path.write_text(""), "'version' is missing"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_rules_is_one_line(capsys, site, made, says):
    path = site / "rules.d" / "odd.toml"
    made(path)

    code, _, (line,) = called(capsys, "check", "-c", site / "gateway.toml")

    assert code == 2
    assert line.startswith(f"{path}: ")
    assert says in line


def test_a_file_without_permission_is_one_line(capsys, site, mocker):
    path = site / "rules.d" / "odd.toml"
    path.touch()
    denied = PermissionError(13, "Permission denied")
    mocker.patch("rules.tables.os.open", side_effect=denied)  # root may read all

    _, _, (line,) = called(capsys, "check", "-c", site / "gateway.toml")

    assert line == f"{path}: cannot be read: Permission denied"


def test_what_the_site_changed_is_told_by_file(capsys, site):
    path = site / "rules.d" / "site.toml"
    path.write_text(
        SEVERE + "[sets.safe-awd.numbers.low]\nvalue = -12\nsource = 'le-xuan-quang'\n"
    )
    (site / "rules.d" / "z.toml").write_text(BROKEN)

    code, out, err = called(capsys, "diff", "-c", site / "gateway.toml")

    assert code == 0
    assert out == [
        str(path),
        "  sets.safe-awd  numbers.low.value: -15 → -12",
        "  sets.safe-awd  numbers.low.source: irri-awd → le-xuan-quang",
        "  sets.safe-awd  state: sourced → proposed",
        "  rules.rice-water-low  severity: warning → critical",
    ]
    assert err[1].strip().startswith(f"{site}/rules.d/z.toml: rules.rice-blast")


def test_without_changes_the_rules_are_those_shipped(capsys, site):
    _, out, _ = called(capsys, "diff", "-c", site / "gateway.toml")

    assert out == [f"{site}/rules.d: nothing differs from the rules shipped"]
