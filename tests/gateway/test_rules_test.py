"""``canhdong rules test``: dots, failures and errors, and the exit code."""

from pathlib import Path

import pytest

from gateway.main import main

GOOD = """
version = 1
pack = "gateway"
[[test]]
name = "a silent probe"
start = "2027-01-20 00:00"
every = "15m"
series.soil_moisture = "31x3 _x8"
[[test.expect]]
rule = "sensor-silent"
from = "+1h45m"
[[test]]
name = "a probe that answers"
start = "2027-01-20 00:00"
every = "15m"
series.soil_moisture = "31x9"
quiet = ["sensor-silent"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_tests_that_hold_are_dots(folder, capsys):
    assert main(["rules", "test", str(folder / "good.toml")]) == 0

    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith("good.toml ..")
    assert told[-1].strip("= ").startswith("2 passed in 0.")


def test_each_test_and_what_was_told_is_told_on_demand(folder, capsys):
    assert main(["rules", "test", "-v", str(folder)]) == 0

    told = capsys.readouterr().out
    assert "  a silent probe PASSED\n" in told
    assert "      sensor-silent soil_moisture +1h45m: firing\n" in told


def test_a_test_that_fails_is_told_with_both_sides(folder, capsys):
    (folder / "bad.toml").write_text(GOOD.replace("+1h45m", "+15m"), encoding="utf-8")

    assert main(["rules", "test", str(folder)]) == 1

    told = capsys.readouterr().out
    assert "bad.toml F.\n" in told
    assert "good.toml ..\n" in told
    assert "bad.toml: a silent probe" in told
    assert "expected from +15m ± 15m, got +1h45m" in told
    assert "1 failed, 3 passed" in told


def test_a_file_that_cannot_be_used_stops_no_other(folder, capsys):
    (folder / "a-bad.toml").write_text(
        GOOD.replace('rule = "sensor-silent"', 'rule = "sensor-silnt"')
    )

    assert main(["rules", "test", str(folder)]) == 1

    told = capsys.readouterr().out
    assert "a-bad.toml E\n" in told
    assert "unknown rule 'sensor-silnt'; did you mean 'sensor-silent'?" in told
    assert "2 passed, 1 files that cannot be used" in told


def test_a_folder_without_tests_proves_nothing(tmp_path, capsys):
    assert main(["rules", "test", str(tmp_path)]) == 1

    assert "no tests" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_told(tmp_path, capsys):
    assert main(["rules", "test", str(tmp_path / "gone.toml")]) == 1

    assert "gone.toml: cannot be read" in capsys.readouterr().out
