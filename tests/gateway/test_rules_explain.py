"""``canhdong rules explain``: one page on why an alert was raised, from the buffer."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway import past_buffer
from gateway.main import main
from telemetry.settings import ConfigError
from tests.gateway.test_alert_commands import config
from tests.gateway.test_watch import Site


@pytest.fixture
def site(tmp_path: Path):
    one = Site(tmp_path)
    one.poll(-14.0, -15.5, -15.6)
    yield one
    one.recorder.close()


def explained(site: Site, capsys, *more: object) -> str:
    (episode,) = site.episodes()
    capsys.readouterr()
    code = main(["rules", "explain", episode.code, "-c", config(site), *map(str, more)])
    told = capsys.readouterr()
    assert (code, told.err) == (0, "")
    return told.out


def values(text: str, part: str) -> list[str]:
    """What stands behind a part of a condition, when it began and when it was told."""
    line, *_ = re.findall(rf"^ +{re.escape(part)}  (.+)$", text, re.MULTILINE)
    return re.split(r"  +", line.strip())


def test_a_page_tells_what_the_conditions_were_when_it_began_and_was_told(site, capsys):
    text = explained(site, capsys)

    _, _, when = text.partition("Báo khi:")
    when, _, _ = when.partition("Hết khi:")
    assert values(when, "last(water_level)") == ["−15,5 cm", "−15,6 cm"]
    assert values(when, "last(water_level) <= low") == ["đúng", "đúng"]
    assert "Bắt đầu     08:00 thứ Năm 1/1/2026\n" in text
    assert "Báo lúc     09:00 thứ Năm 1/1/2026\n" in text
    assert "safe-awd: có nguồn" in text
    assert "mực nước −15,6 cm so với mặt ruộng từ 08:00" in text
    assert "ĐÃ ĐỔI" not in text


def test_it_tells_the_end_and_the_answer_too(site, capsys):
    site.poll(4.0, 5.0)

    text = explained(site, capsys)

    assert "Hết lúc     11:00 thứ Năm 1/1/2026\n" in text
    assert "Tình trạng  đã hết\n" in text
    assert "Trả lời     chưa xem\n" in text
    assert "ĐÃ ĐỔI" not in text


def test_it_is_told_in_english_too(site, capsys):
    text = explained(site, capsys, "--lang", "en")

    assert "  Since          08:00 on Thu 1 Jan 2026\n" in text
    assert "Flood again to 5 cm." in text
    assert "(quoted)" in text


def test_a_sheet_is_one_file_with_its_chart(site, capsys, tmp_path):
    path = tmp_path / "why.html"

    assert explained(site, capsys, "--out", path) == f"{path}\n"

    sheet = path.read_text(encoding="utf-8")
    assert "size: A4" in sheet
    assert "<svg" in sheet
    assert "Ruộng cần nước" in sheet
    (code,) = re.findall(r'class="code"[^>]*>([^<]+)<', sheet)
    assert f"<h1>{code} · " in sheet
    assert not re.search(r"(src|href)=|@import|url\(", sheet)


def switch(site: Site, tables: str, rules: str) -> None:
    """Give the site a file of rules of its own."""
    folder = site.config.data_dir.parent / "rules.d"
    folder.mkdir()
    (folder / "site.toml").write_text(f"version = 1\n{tables}", encoding="utf-8")
    with Path(config(site)).open("a", encoding="utf-8") as file:
        file.write(f'folder = "{folder}"\n{rules}')  # its last table is [rules]


def test_a_threshold_that_was_changed_since_is_told(site, capsys):
    switch(site, 'sets.safe-awd.numbers.low = { value = -20, source = "wait" }\n', "")

    text = explained(site, capsys)

    assert "!  ĐÃ ĐỔI: xét theo quy tắc và số liệu hiện nay" in text
    assert "rules.d/site.toml" in text
    assert "đề xuất, chưa được duyệt" in text


def test_a_rule_that_is_broken_now_is_explained_as_it_ships(site, capsys):
    switch(site, 'rules.rice-water-low.when = "last("\n', "")

    assert "ĐÃ ĐỔI" not in explained(site, capsys)


def test_a_plot_that_is_gone_leaves_the_words_of_its_alert(site, capsys):
    path = Path(config(site))
    path.write_text(path.read_text(encoding="utf-8").replace("p17", "p18"), "utf-8")

    text = explained(site, capsys)

    assert "quy tắc hoặc nơi đo này không còn nữa" in text
    assert "mực nước −15,6 cm" in text


def test_a_wrong_code_is_one_clear_line(site, capsys):
    assert main(["rules", "explain", "XXX", "-c", config(site)]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("no alert has the code XXX; ")


def test_a_past_that_is_gone_leaves_words_and_numbers(site, capsys, mocker):
    why = "buffer.db: holds nothing that has a time"
    mocker.patch.object(past_buffer, "read", side_effect=ConfigError([why]))

    text = explained(site, capsys)

    assert f"  !  {why}\n" in text
    assert "!  Không xét lại được như lúc đó: needs full_scale(water_level)" in text
    assert "  low  −15 cm\n" in text
    assert values(text, "last(water_level)")[:1] == ["chưa biết"]


def test_an_episode_before_the_provinces_first_answer_is_dated_by_its_guess(
    site, capsys
):
    with closing(sqlite3.connect(site.config.buffer_path)) as db:
        db.execute("DELETE FROM segment")
        db.commit()

    text = explained(site, capsys)

    assert "Bắt đầu     08:00 thứ Năm 1/1/2026\n" in text
    assert values(text, "last(water_level)") == ["−15,5 cm", "−15,6 cm"]


@pytest.mark.slow
def test_of_a_long_buffer_only_some_days_are_read_and_the_rest_as_hours(site):
    site.poll(*[5.0] * 60)
    site.recorder.close()
    (whole,) = past_buffer.read(site.config).samples.values()
    since_ms, until_ms = whole[20][0], whole[30][0]

    found = past_buffer.read(site.config, within=(since_ms, until_ms))
    nothing = past_buffer.read(
        site.config, lambda place: place.plot == "p17", (since_ms, until_ms)
    )

    (some,) = found.samples.values()
    (hours,) = found.hours.values()
    assert sorted(some)[-11:] == whole[20:31]
    assert len(hours) == len(some) - 11 == 20
    assert nothing.samples == found.samples
    site.start()
