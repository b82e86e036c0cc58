"""``canhdong prove-storage`` over boots; real power cuts are in tests/faults/vm."""

import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gateway.lock import locked
from gateway.main import main
from gateway.prove import writing
from gateway.prove.device import device_of
from gateway.prove.record import FILE, Record, Running
from gateway.prove.rows import Found, Rows
from gateway.prove.verdict import judge
from tests.gateway.test_check import GOOD


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(GOOD.replace('"data"', f'"{tmp_path}/data"'), encoding="utf-8")
    (tmp_path / "data").mkdir()
    return path


def prove(config: Path, boot: str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gateway.main", "prove-storage", "-c", config]
    return subprocess.Popen(
        [*command, *more], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"BOOT_ID": boot},
    )  # fmt: skip


def killed(config: Path, boot: str) -> int:
    """Write for a moment, then die as in a power cut; the number last told."""
    told = 0
    with prove(config, boot, "--rows-per-s", "2000") as writer:
        for line in writer.stdout or ():
            found = re.search(r"· ([\d,]+) rows confirmed", line)
            told = int(found[1].replace(",", "")) if found else told
            if told > 200:
                writer.kill()
                break
    return told


def cut_off(config: Path, boot: str) -> int:
    """What a killed writer leaves, without the time that its start takes."""
    Record(Running(key="k", boot=boot)).save(config.parent / "data")
    rows_of(config).parent.mkdir()
    written = Rows(rows_of(config), "k")
    told = [written.commit(count) for count in (50, 50, 12)]
    written.close()
    return told[-1]


def after(monkeypatch, boot: str, config: Path, *more: str) -> int:
    monkeypatch.setenv("BOOT_ID", boot)
    return main(["prove-storage", "-c", str(config), *more])


def rows_of(config: Path) -> Path:
    return config.parent / "data" / "proof" / "rows.db"


@pytest.mark.slow
def test_what_was_told_is_there_and_rounds_add_up(config, monkeypatch, capsys):
    before = Record(Running(key="k0", boot="b0"))
    whole = judge(Found(last=9, intact=[(1, 9)], damaged=[], broken=None), 9)
    device = device_of(config.parent)
    before.judged(whole, "b1", "2026-11-22", device).save(config.parent / "data")
    told = killed(config, "b1")

    code = after(monkeypatch, "b2", config, "--seen", str(told))

    said = capsys.readouterr().out
    assert code == 0
    assert f"all {told} confirmed rows are there" in said
    assert "so far: 2 cuts, 2 witnessed, 0 rows lost" in said
    assert list(rows_of(config).parent.glob("rows.db*")) == []


def test_a_card_that_lost_its_tail_is_told(config, monkeypatch, capsys):
    told = cut_off(config, "b1")
    with closing(sqlite3.connect(rows_of(config))) as db, db:
        db.execute("DELETE FROM row WHERE n > ?", (told - 37,))

    code = after(monkeypatch, "b2", config, "--seen", str(told), "--sure")
    again = after(monkeypatch, "b2", config, "--seen", str(told))

    said = capsys.readouterr().out
    assert (code, again) == (1, 1)
    assert said.startswith("thẻ này nói dối: thiếu 37 dòng · this card lies: 37 rows m")
    assert "this round has had its verdict already" in said
    assert len(Record.load(config.parent / "data").rounds) == 1


def test_a_digit_too_many_condemns_no_card(config, monkeypatch, capsys):
    told = cut_off(config, "b1")

    code = after(monkeypatch, "b2", config, "--seen", f"{told}2")
    said = capsys.readouterr().out
    again = after(monkeypatch, "b2", config, "--seen", str(told))

    assert (code, again) == (2, 0)
    assert "số đã gõ là 1.122, dòng cao nhất trên thẻ là 112 · " in said
    assert "look again at the phone, photo or screen" in said
    assert said.splitlines()[-1].endswith("if it is right: --seen 1122 --sure")
    assert [r.says for r in Record.load(config.parent / "data").rounds] == ["all-there"]


@pytest.mark.parametrize(
    ("typed", "code"), [("1.122", 1), ("112", 2), ("", 2), ("một", 2), (None, 2)]
)
def test_on_a_terminal_the_number_is_asked_for_again(
    config, monkeypatch, mocker, typed, code
):
    told = cut_off(config, "b1")
    for stream in ("stdin", "stdout"):
        mocker.patch(f"sys.{stream}.isatty", return_value=True)
    mocker.patch("builtins.input", side_effect=EOFError if typed is None else [typed])

    assert after(monkeypatch, "b2", config, "--seen", f"{told}2") == code


@pytest.mark.parametrize("given", ["1" * 16, "9" * 5000, "1" * 400])
def test_a_number_with_too_many_digits_is_one_clear_line(config, capsys, given):
    with pytest.raises(SystemExit):
        main(["prove-storage", "-c", str(config), "--seen", given])

    line = capsys.readouterr().err.splitlines()[-1]
    assert f"có {len(given)} chữ số, nhiều nhất 15: xem lại số · it has" in line
    assert len(line) < 200


def test_without_a_witness_the_tail_is_said_to_be_unseen(config, monkeypatch, capsys):
    cut_off(config, "b1")

    code = after(monkeypatch, "b2", config)

    assert code == 0
    assert "a cut-off tail cannot be seen" in capsys.readouterr().out


def test_in_the_same_boot_nothing_is_shown(config, monkeypatch, capsys):
    told = cut_off(config, "b1")

    code = after(monkeypatch, "b1", config, "--seen", str(told))

    assert code == 2
    assert "no power cut has happened since" in capsys.readouterr().out
    assert rows_of(config).exists()


def test_a_card_that_knows_of_no_round_is_told(config, monkeypatch, capsys):
    code = after(monkeypatch, "b1", config, "--seen", "3.412")

    assert code == 1
    assert "this card lies: 3,412 rows missing" in capsys.readouterr().out


@pytest.mark.slow
def test_a_stop_in_order_is_no_cut(config, monkeypatch, capsys):
    with prove(config, "b1") as writer:
        assert writer.stdout is not None
        while "rows confirmed" not in writer.stdout.readline():
            pass
        writer.send_signal(signal.SIGHUP)  # as SIGTERM and Ctrl-C
        rest = writer.stdout.read()

    code = after(monkeypatch, "b2", config, "--seen", "1")

    assert "stopped before any power cut" in rest
    assert code == 0
    assert "not counted" in capsys.readouterr().out
    assert Record.load(config.parent / "data") == Record()


def test_a_second_one_is_told_so(config, capsys):
    folder = rows_of(config).parent
    folder.mkdir()
    with locked(folder):
        code = main(["prove-storage", "-c", str(config)])

    assert code == 75
    assert "this command runs already" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_one_line(config, capsys):
    (config.parent / "data").rmdir()

    assert main(["prove-storage", "-c", str(config)]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert "does not exist: make it, or start the gateway once" in line


def test_a_card_without_room_is_one_line(config, monkeypatch, capsys):
    monkeypatch.setattr(writing, "ROOM_BYTES", 2**60)

    assert main(["prove-storage", "-c", str(config)]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert "MiB free, has" in line
    assert not (config.parent / "data" / FILE).exists()


# --- the page ------------------------------------------------------------------


def port_of(program: subprocess.Popen[str]) -> int:
    for line in program.stdout or ():
        found = re.search(r"· page for a phone: http://127.0.0.1:(\d+)/", line)
        if found:
            return int(found[1])
    raise AssertionError


def ask(port: int, path: str, body: object = None, kind: str = "application/json"):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as link:
        if body is None:
            link.request("GET", path)
        else:
            link.request("POST", path, json.dumps(body), {"Content-Type": kind})
        reply = link.getresponse()
        return reply.status, reply.read()


@pytest.mark.slow
def test_a_phone_that_has_seen_the_number_gives_it_back(config):
    with prove(config, "b1", "--http", "0") as writer:
        port = port_of(writer)
        while "rows confirmed" not in (writer.stdout or [""]).readline():
            pass
        status, page = ask(port, "/")
        seen = json.loads(ask(port, "/state")[1])
        writer.kill()
    with prove(config, "b2", "--http", "0") as judging:
        port = port_of(judging)
        asking = json.loads(ask(port, "/state")[1])
        given = {"key": seen["key"], "number": seen["confirmed"]}
        refused = [
            ask(port, "/seen", given, kind="text/plain")[0],
            ask(port, "/seen", given | {"number": "many"})[0],
            ask(port, "/seen", given | {"number": True})[0],
            ask(port, "/seen", ["x" * 2000])[0],
            ask(port, "/seen", given | {"key": "another"})[0],
            ask(port, "/nowhere")[0],
        ]
        verdict = json.loads(ask(port, "/seen", given)[1])
        said = judging.communicate()[0]

    assert status == 200
    assert b"localStorage" in page
    assert (seen["mode"], asking["mode"]) == ("writing", "asking")
    assert seen["gateway"] == "htx-moduc/g1"
    assert refused == [400, 400, 400, 400, 409, 404]
    assert verdict["says"] == "all-there"
    assert verdict["vi"][0] in said
    assert judging.returncode == 0


def test_the_page_takes_nothing_from_elsewhere():
    page = (Path(writing.__file__).parent / "page.html").read_text(encoding="utf-8")

    assert re.findall(r"https?://", page) == []
    assert "innerHTML" not in page


def test_a_port_that_is_taken_is_one_line(config, capsys):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        code = main(["prove-storage", "-c", str(config), "--http", str(port)])

    assert code == 2
    assert "Address already in use; give an address" in capsys.readouterr().err


@pytest.mark.slow
def test_a_port_that_is_taken_leaves_no_round_to_be_judged(config, monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert after(monkeypatch, "b1", config, "--http", port) == 2

    assert after(monkeypatch, "b2", config, "--for", "1") == 0
    assert "nói dối" not in capsys.readouterr().out
