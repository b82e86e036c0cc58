"""The demo as a user runs it: processes of its own, an outage, a count, an end."""

import argparse
import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from gateway.demo.main import add_arguments, run

END_S = 100.0  # a demo of some seconds, with start, drain and stop


def demo(folder: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway.main", "demo", *args],
        env={"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def left_running(folder: Path) -> list[str]:
    """Command lines that name ``folder``, in which every process of a demo works."""
    said = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said.append(path.read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return [words for words in said if str(folder) in words]


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "soon"])
def test_a_duration_must_be_one(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    with pytest.raises(SystemExit):
        parser.parse_args(["--for", text])

    assert "--for" in capsys.readouterr().err


def test_without_the_extra_one_line_tells_the_remedy(
    mocker: MockerFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    mocker.patch("gateway.demo.main.find_spec", return_value=None)

    assert run(argparse.Namespace()) == 2
    assert capsys.readouterr().err == (
        "canhdong demo needs amqtt, rich, sqlalchemy: pip install 'canhdong[demo]'\n"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--keys"], "--keys: standard input is no terminal"),
        (["--seed", "x12"], "'x12' is not a key of k b i u d c with seconds"),
        (["--speed", "5"], "--speed: a whole number from 1 on, and only with --field"),
        (["--field", "--speed", "0"], "--speed: a whole number from 1 on"),
    ],
)
def test_an_option_that_cannot_be_met_is_told_with_its_remedy(
    options: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    mocker: MockerFixture,
) -> None:
    mocker.patch("sys.stdin.isatty", return_value=False)
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    assert run(parser.parse_args(options)) == 2
    assert told in capsys.readouterr().err


def test_a_folder_that_holds_something_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    assert run(parser.parse_args(["--folder", str(tmp_path)])) == 2
    assert "is not an empty folder; name another" in capsys.readouterr().err


def told_by(folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    """Report and words of a demo that ends well and leaves nobody behind."""
    report, left = folder / "out.json", folder / "left"
    arguments = ("--report", str(report), "--folder", str(left), *options)
    with demo(folder, *arguments) as process:
        said, _ = process.communicate(timeout=END_S)
    assert process.returncode == 0, said
    assert left_running(folder) == []
    counted: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    readings = counted["readings"]
    assert readings["committed"] == readings["stored"] > 5
    assert (readings["lost"], readings["duplicate"]) == (0, 0)
    assert "lost 0, twice 0" in said
    assert "<svg" in (left / "report.html").read_text(encoding="utf-8")
    return counted, said


def rules_of(counted: dict[str, Any], plot: str = "") -> set[str]:
    return {
        alert["rule"]
        for alert in counted["alerts"]
        if not plot or alert["plot"] == plot
    }


@pytest.mark.real
def test_a_short_demo_counts_every_answer_once_over_an_outage(tmp_path: Path) -> None:
    counted, _ = told_by(tmp_path, "--for", "12")

    assert counted["outage"]["buffered"] > 0
    assert counted["outage"]["drained_in_s"] is not None


@pytest.mark.real
def test_the_story_calls_for_water_and_warns_of_moths_and_its_lot_answers(
    tmp_path: Path,
) -> None:
    counted, said = told_by(tmp_path, "--for", "70")

    assert rules_of(counted, "p17") == {"rice-water-soon"}
    assert rules_of(counted, "p3") == {"onion-beet-armyworm"}
    assert rules_of(counted, "p21") == {"sensor-silent"}
    assert rules_of(counted) - {"link-down"} == {
        "rice-water-soon",
        "onion-beet-armyworm",
        "sensor-silent",
    }
    assert all(len(alert["code"]) == 3 for alert in counted["alerts"])
    (season,) = counted["lot"]["seasons"]
    assert {alert["rule"] for alert in season["alerts"]} == {"onion-beet-armyworm"}
    assert "gấp" in said


@pytest.mark.real
def test_a_quiet_field_alarms_nobody_and_a_faulty_one_the_technician_only(
    tmp_path: Path,
) -> None:
    def told(scenario: str) -> tuple[dict[str, Any], str]:
        folder = tmp_path / scenario
        folder.mkdir()
        return told_by(folder, "--for", "50", "--scenario", scenario)

    with ThreadPoolExecutor() as pool:  # both are slow and neither is busy
        (quiet, said), (faulty, _) = pool.map(told, ("quiet", "faults"))

    assert quiet["alerts"] == []
    assert "no alert" in said
    silent_stuck_impossible = {"sensor-silent", "sensor-stuck", "sensor-impossible"}
    assert rules_of(faulty) == silent_stuck_impossible


@pytest.mark.real
def test_whatever_key_is_pressed_nothing_committed_is_lost(tmp_path: Path) -> None:
    seed = "k6.0,i10.0,u14.0,u16.0,b20.0,c25.0,d29.0,k30.0,d32.0"

    counted, said = told_by(tmp_path, "--for", "50", "--seed", seed)

    assert counted["seed"] == seed
    assert f"--seed {seed}" in said


@pytest.mark.real
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_demo_counts_and_ends_in_order(
    tmp_path: Path, number: signal.Signals
) -> None:
    with demo(tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it runs
        process.send_signal(number)
        said, _ = process.communicate(timeout=END_S)

    assert process.returncode == 0, said
    assert "lost 0, twice 0" in said
    assert left_running(tmp_path) == []


@pytest.mark.real
def test_a_field_that_is_left_running_answers_other_commands(tmp_path: Path) -> None:
    left = tmp_path / "left"

    with demo(tmp_path, "--field", "--speed", "600", "--folder", str(left)) as process:
        assert process.stdout is not None
        while "canhdong-province check" not in process.stdout.readline():
            pass
        asked = [sys.executable, "-m", "province.main", "check", "-c"]
        checked = subprocess.run([*asked, left / "province.toml"], check=False)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=END_S)

    assert (checked.returncode, process.returncode) == (0, 0), said
    assert left_running(tmp_path) == []
