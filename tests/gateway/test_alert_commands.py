"""``canhdong alerts``, ``verdict`` and ``rules list`` beside a gateway's buffer."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway import answers, status
from gateway.answers import Answer
from gateway.main import main
from gateway.schema import VERSION
from tests.gateway.test_check import GOOD
from tests.gateway.test_watch import Site


@pytest.fixture
def site(tmp_path: Path):
    one = Site(tmp_path)
    one.poll(-15.5, -15.6)
    yield one
    one.recorder.close()


def config(site: Site) -> str:
    return str(site.config.data_dir.parent / "gateway.toml")


def test_alerts_are_listed_in_vietnamese_first(site, capsys):
    assert main(["alerts", "-c", config(site)]) == 0

    code, *_ = told = capsys.readouterr().out.splitlines()
    assert code.startswith(site.episodes()[0].code)
    assert "chưa xem · not seen" in code
    assert told[1].strip().startswith("Thửa 17, xứ đồng Cây Gạo: mực nước −15,6 cm")
    assert told[2].strip().startswith("Thửa 17, xứ đồng Cây Gạo: water at −15.6 cm")


def test_alerts_are_told_to_programs_too(site, capsys):
    main(["alerts", "-c", config(site), "--json"])

    (episode,) = json.loads(capsys.readouterr().out)["episodes"]
    assert episode["rule"] == "rice-water-low"


@pytest.mark.parametrize(("word", "verdict"), [("đúng", "dung"), ("SAI", "sai")])
def test_a_verdict_waits_for_the_daemon_in_a_file(site, capsys, word, verdict):
    code = site.episodes()[0].code

    assert main(["verdict", "-c", config(site), code.lower(), word]) == 0

    ((path, answer),) = answers.collect(site.config)
    assert answer == Answer(code, verdict)
    assert code in capsys.readouterr().out
    answers.remove(path)
    assert answers.collect(site.config) == []


@pytest.mark.parametrize(
    ("code", "word", "says"),
    [("", "perhaps", "đúng, sai or chưa-xem"), ("X", "sai", "no alert has")],
)
def test_a_wrong_code_or_word_is_one_clear_line(site, capsys, code, word, says):
    code = code or site.episodes()[0].code

    assert main(["verdict", "-c", config(site), code, word]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert answers.collect(site.config) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "3", '{"code": 7}', "\xff", "[" * 1000,
        '{"code": "A", "verdict": "sai"}', '{"code": "A9K", "verdict": "x"}',
        '{"code": "\\ud800", "verdict": "sai"}', '{"code": "../", "verdict": "sai"}',
    ],
)  # fmt: skip
def test_a_file_that_is_no_answer_is_put_aside(site, text):
    folder = site.config.data_dir / answers.FOLDER
    folder.mkdir()
    (folder / "a.json").write_text(text, encoding="latin-1")

    assert answers.collect(site.config) == []
    assert (folder / "a.bad").exists()


def test_a_pipe_among_the_answers_holds_nobody_up(site):
    folder = site.config.data_dir / answers.FOLDER
    folder.mkdir()
    os.mkfifo(folder / "a.json")

    assert answers.collect(site.config) == []


def test_the_last_of_two_answers_is_taken_in_last(site):
    for word in ["sai", "dung"] * 8:
        answers.leave(site.config, Answer("A9K", word))

    taken = [answer.verdict for _, answer in answers.collect(site.config)]

    assert taken == ["sai", "dung"] * 8


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["", "[]", "3", '{"rules": []}', '{"rules": {"rice-blast": 3}}', "[" * 9999]
)
def test_rules_are_told_whatever_the_status_holds(site, capsys, text):
    (site.config.data_dir / status.RULES_FILE).write_text(text)

    assert main(["rules", "list", "-c", config(site)]) == 0
    assert "rice-water-low  [on" in capsys.readouterr().out


def test_rules_tell_what_is_on_and_what_it_rests_on(site, capsys):
    assert main(["rules", "list", "-c", config(site)]) == 0

    told = capsys.readouterr().out
    assert "rice-water-low  [on, sourced]  Ruộng cần nước" in told
    assert "onion-beet-armyworm  [off, proposed]" in told
    assert "IRRI" in told


def test_a_gateway_that_has_not_run_has_no_alerts(site, tmp_path, capsys):
    text = Path(config(site)).read_text(encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text(text.replace("/data", "/nothing"), encoding="utf-8")

    assert main(["alerts", "-c", str(other)]) == 0
    assert "no alert yet" in capsys.readouterr().out


def database_at(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


STRANGE = {
    "missing": (lambda path: None, "does not exist: start the gateway once with"),
    "empty": (lambda path: path.touch(), "is empty: start the gateway with"),
    "text": (lambda path: path.write_text("x" * 999), "is not a database; is data_dir"),
    "folder": (lambda path: path.mkdir(), "a folder stands in its place: move it"),
    "foreign": (
        lambda path: database_at(path, "CREATE TABLE note (text)"),
        "is of another program, no buffer of canhdong: is data_dir right?",
    ),
    "newer": (
        lambda path: database_at(
            path, "CREATE TABLE meta (a)", "CREATE TABLE reading (a)",
            f"PRAGMA user_version={VERSION + 1}",
        ),
        "was made by a newer canhdong",
    ),
    "older": (
        lambda path: database_at(
            path, "CREATE TABLE meta (a)", "CREATE TABLE reading (a)",
            "PRAGMA user_version=1",
        ),
        "was made by an older canhdong (buffer version 1, this one knows",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize(
    "command", [["alerts"], ["verdict", "A9K", "sai"], ["requeue"]], ids=lambda c: c[0]
)
def test_a_strange_buffer_is_one_clear_line_and_is_left_alone(
    tmp_path, capsys, strange, command
):
    path = tmp_path / "data" / "buffer.db"
    path.parent.mkdir()
    where = tmp_path / "gateway.toml"
    where.write_text(GOOD.replace('"data"', f'"{path.parent}"'), encoding="utf-8")
    make, says = STRANGE[strange]
    make(path)
    before = path.read_bytes() if path.is_file() else None

    name, *more = command
    code = main([name, "-c", str(where), *more])

    (line,) = capsys.readouterr().err.splitlines()
    is_young = (strange, name) == ("missing", "alerts")  # has none, and says why
    assert code == (0 if is_young else 2)
    assert line.startswith(str(path))
    assert ("the gateway has not run yet" if is_young else says) in line
    assert before == (path.read_bytes() if path.is_file() else None)
