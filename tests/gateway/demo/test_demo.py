"""The demo as a user runs it: processes of its own, an outage, a count, an end."""

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from gateway.demo.main import add_arguments, run
from gateway.demo.play import outage_of

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


@pytest.mark.parametrize(
    ("for_s", "cut_and_mended"),
    [(None, (10, 22)), (60, (10, 22)), (10, (2.5, 6))],
)
def test_a_short_demo_has_a_short_outage(
    for_s: float | None, cut_and_mended: tuple[float, float]
) -> None:
    assert outage_of(for_s) == cut_and_mended


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


@pytest.mark.real
def test_every_answer_is_stored_once_over_an_outage(tmp_path: Path) -> None:
    report = tmp_path / "out.json"

    with demo(tmp_path, "--for", "12", "--report", str(report)) as process:
        said, _ = process.communicate(timeout=END_S)

    assert process.returncode == 0, said
    counted = json.loads(report.read_text())
    readings, outage = counted["readings"], counted["outage"]
    assert readings["answered"] == readings["committed"] == readings["stored"] > 5
    assert (readings["lost"], readings["duplicate"]) == (0, 0)
    assert outage["buffered"] > 0
    assert outage["drained_in_s"] > 0
    assert "lost 0, doubled 0" in said
    assert left_running(tmp_path) == []
    assert list(tmp_path.iterdir()) == [report]


@pytest.mark.real
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_demo_counts_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals
) -> None:
    with demo(tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it runs
        process.send_signal(number)
        said, _ = process.communicate(timeout=END_S)

    assert process.returncode == 0, said
    assert "lost 0, doubled 0" in said
    assert left_running(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
