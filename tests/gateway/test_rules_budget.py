"""``canhdong rules budget``: what is there is counted, what is not is told."""

from pathlib import Path

import pytest

from gateway.main import main
from rules import budget
from rules.recorded_sites import NOT_LAID, SITES
from tests.replay import data_folder


def test_without_recordings_it_says_so_and_is_no_failure(tmp_path, capsys):
    code = main(["rules", "budget", "--data", str(tmp_path)])

    told = capsys.readouterr().out.splitlines()
    assert code == 0
    assert len(told) == len(SITES) + len(NOT_LAID) + 1
    assert told[-1].endswith("name it by --data DIR")


@pytest.mark.slow
def test_a_set_is_counted_by_rule_and_drawn(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setattr(budget, "CROPS", ("chilli",))
    if not (data_folder() / "maricopa_cotton_2022").is_dir():
        pytest.skip(f"recording maricopa_cotton_2022 is not in {data_folder()}")
    given = ["--data", str(data_folder()), "--charts", str(tmp_path / "charts")]

    code = main(["rules", "budget", *given, "--site", "maricopa"])

    told = capsys.readouterr().out
    assert code == 0
    assert "maricopa: Arizona, irrigated cotton" in told
    assert "chilli-water" in told
    assert "within the budget" in told
    drawn = (tmp_path / "charts" / "maricopa-chilli-2022-12.html").read_text()
    assert "<svg" in drawn
