"""The command line: what it prints and how it ends."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from province.answers import record_of
from province.commands import instant_ns
from province.files import alone
from province.intake import judge
from province.ledger import Ledger
from province.main import main
from province.records import Quarantined, Round
from province.stores.sqlite import SqliteStore
from telemetry.clock import ScaledClock
from telemetry.mqtt import Incoming
from tests.province.gateway import G1, START_MS, batch_of, lines_of

CONFIG = """version = 1
ledger = "ledger.db"
{more}
[broker]
host = "127.0.0.1"
port = 1
[store]
kind = "sqlite"
path = "readings.db"
"""

ANOTHER = "is the ledger another file?"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "province.toml"
    file.write_text(CONFIG.format(more=""))
    return file


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


SPAN = ("--from", "2026-11-22", "--to", "2026-11-23")
PLACE = ("--coop", "htx-moduc", "--plot", "p1", "--z", "-10")


def test_check_says_that_a_config_is_good(config: Path, run: Run) -> None:
    assert run("check", "-c", config) == (0, f"{config}: good\n", "")


def test_every_fault_of_a_config_is_a_line_and_the_code_is_2(
    config: Path, run: Run
) -> None:
    config.write_text(CONFIG.format(more='field_time = "reel"\nspeed = 2'))

    code, out, err = run("check", "-c", config)

    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 2
    assert "unknown key 'speed'" in err
    assert "field_time" in err


def test_a_config_that_is_not_there_is_told(tmp_path: Path, run: Run) -> None:
    code, _, err = run("ingest", "-c", tmp_path / "none.toml")

    assert code == 2
    assert (
        err == f"{tmp_path / 'none.toml'}: cannot be read: No such file or directory\n"
    )


@pytest.mark.parametrize("option", [("--speed", "60"), ("--field-clock", "clock")])
def test_a_real_province_keeps_real_time(
    option: tuple[str, str], config: Path, run: Run
) -> None:
    code, _, err = run("ingest", "-c", config, *option)

    assert code == 2
    assert err.startswith(f"{option[0]}: {config} does not say")


@pytest.mark.parametrize(
    ("option", "why"),
    [
        (("--speed", "0"), "speed 0 is below 1"),
        (("--field-clock", "/nowhere/clock"), "No such file"),
    ],
)
def test_a_clock_that_cannot_run_is_told(
    option: tuple[str, str], why: str, config: Path, run: Run
) -> None:
    config.write_text(CONFIG.format(more='field_time = "simulated"'))

    code, _, err = run("ingest", "-c", config, *option)

    assert code == 2
    assert why in err


def test_an_origin_belongs_to_a_scaled_clock(config: Path, run: Run) -> None:
    config.write_text(CONFIG.format(more='field_time = "simulated"'))

    code, _, err = run("ingest", "-c", config, "--field-origin", "5=1795000000000")

    assert code == 2
    assert err == "--field-origin: belongs to --speed; give both\n"


def test_another_origin_within_a_boot_is_refused(
    config: Path, run: Run, tmp_path: Path
) -> None:
    config.write_text(CONFIG.format(more='field_time = "simulated"'))
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.origin(ScaledClock(60).boot, (1, 1_795_000_000_000))
    ledger.close()
    options = ("--speed", "60", "--field-origin", "5=1795000000000")

    code, _, err = run("ingest", "-c", config, *options)

    assert code == 2
    assert "keeps 1=1795000000000 of this boot; give that, or leave it out" in err


def test_an_empty_clock_file_is_told(config: Path, run: Run, tmp_path: Path) -> None:
    config.write_text(CONFIG.format(more='field_time = "simulated"'))
    (tmp_path / "clock").touch()

    code, _, err = run("ingest", "-c", config, "--field-clock", tmp_path / "clock")

    assert code == 2
    assert "--field-clock" in err


def test_a_simulated_ledger_is_refused_by_a_real_province(
    config: Path, run: Run, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.claim("simulated")
    ledger.close()

    code, _, err = run("ingest", "-c", config)

    assert code == 2
    assert "holds simulated time" in err


def test_a_ledger_that_is_no_database_is_told(config: Path, run: Run) -> None:
    (config.parent / "ledger.db").write_text("some text of some length " * 99)

    code, _, err = run("requeue", "-c", config)

    assert code == 2
    assert "cannot be used as a ledger: file is not a database" in err


def test_a_summary_is_printed_in_local_time(config: Path, run: Run) -> None:
    store = SqliteStore(config.parent / "readings.db")
    store.write("".join(lines_of(G1, 1, 200)).encode())
    store.close()

    code, out, _ = run("summary", "-c", config, "soil_moisture", *PLACE, *SPAN)

    assert code == 0
    assert out.splitlines() == [
        "soil_moisture, htx-moduc p1, z = -10 cm,"
        " 2026-11-22 00:00:00+07:00 to 2026-11-23 00:00:00+07:00",
        "  mean 29.1 %, min 20.1, max 38.1",
        "  10 values, 0 missing, 0 doubtful",
        "  from 2026-11-22 03:47:34+07:00 to 2026-11-22 03:50:34+07:00",
    ]


def test_a_time_without_a_zone_is_local() -> None:
    assert instant_ns("2026-11-22") == instant_ns("2026-11-21T17:00:00Z")
    assert instant_ns("2026-11-22T03:47:33") == START_MS * 1_000_000


def test_a_summary_of_nothing_says_so(config: Path, run: Run) -> None:
    code, out, _ = run("summary", "-c", config, "soil_ph", *PLACE, *SPAN)

    assert code == 0
    assert out.splitlines()[-1] == "  nothing is stored"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("soil_mood", *PLACE, *SPAN), "unknown quantity 'soil_mood'"),
        (("trap_count", *PLACE, *SPAN), "name one pest"),
        (("soil_ph", *PLACE, *SPAN[2:], "--from", "2026-11-24"), "not after the start"),
    ],
)
def test_a_question_without_an_answer_is_the_users_mistake(
    arguments: tuple[str, ...], why: str, config: Path, run: Run
) -> None:
    code, _, err = run("summary", "-c", config, *arguments)

    assert code == 2
    assert why in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("summary", "-c", "x", "soil_ph", *PLACE, "--from", "soon", "--to", "later"),
        ("refill", "-c", "x", "--coop", "A b", "--gateway", "g1", *SPAN),
        ("ingest",),
        ("unknown",),
        (),
    ],
)
def test_a_wrong_command_line_ends_with_2(arguments: tuple[str, ...], run: Run) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)

    assert ended.value.code == 2


def test_a_gateway_is_named_with_its_cooperative(config: Path, run: Run) -> None:
    code, _, err = run("requeue", "-c", config, "--coop", "htx-moduc")

    assert (code, err) == (2, "--coop and --gateway: give both or neither\n")


def test_a_line_that_is_still_bad_stays_in_quarantine_and_is_shown(
    config: Path, run: Run
) -> None:
    ledger = Ledger(config.parent / "ledger.db")
    good = lines_of(G1, 1, 1)[0].encode()
    lines = [Quarantined(G1, "line", line, "why") for line in (b"nonsense\n", good)]
    body = Quarantined(G1, "body", b"junk", "why")
    ledger.record(Round(quarantined=[*lines, body]), 1)

    code, out, _ = run("requeue", "-c", config)

    assert code == 0
    assert out.splitlines() == [
        "htx-moduc/g1: unknown quantity 'nonsense': 'nonsense\\n'",
        "1 lines are stored, 1 stay",
        "1 refused bodies stay; their rows came again one by one",
    ]
    assert [one for _, one in ledger.quarantine()] == [lines[0], body]
    ledger.close()


@pytest.mark.parametrize("command", ["refill", "requeue"])
def test_a_ledger_that_is_not_there_is_not_made(
    command: str, config: Path, run: Run
) -> None:
    place = ("--coop", "htx-moduc", "--gateway", "g1")

    code, _, err = run(command, "-c", config, *place, *SPAN * (command == "refill"))

    assert code == 2
    assert err == f"{config.parent / 'ledger.db'}: is not there; {ANOTHER}\n"
    assert not (config.parent / "ledger.db").exists()


@pytest.mark.parametrize(
    "option", [("--from", "0001-01-01"), ("--to", "9999-12-31"), ("--to", "2262-04-13")]
)
def test_a_time_beyond_64_bits_is_told(
    option: tuple[str, str], config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["summary", "-c", str(config), "soil_ph", *PLACE, *SPAN, *option]

    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert f"{option[0]}: '{option[1]}' is outside the years" in told


def test_a_refill_that_runs_back_is_refused(config: Path, run: Run) -> None:
    place = ("--coop", "htx-moduc", "--gateway", "g1")

    code, _, err = run("refill", "-c", config, *place, *SPAN, "--from", "2026-11-24")

    assert (code, err) == (2, "--from: is not before --to; swap them\n")


def test_a_second_ingest_on_a_ledger_ends_with_75(
    config: Path, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    with alone(config.parent / "ledger.db"):
        code, _, _ = run("ingest", "-c", config)

    assert code == 75
    assert "another ingest works on it" in caplog.text


def test_a_locked_ledger_ends_ingest_with_1(
    config: Path,
    run: Run,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("province.ledger.BUSY_S", 0)
    lock = sqlite3.connect(config.parent / "ledger.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")

    code, _, err = run("ingest", "-c", config)

    assert (code, err) == (1, "")
    assert [one.message for one in caplog.records] == [
        f"ledger {config.parent / 'ledger.db'}: database is locked"
    ]
    lock.close()


def test_check_tells_every_file_that_cannot_be_used(config: Path, run: Run) -> None:
    for name in ("ca", "cert", "key"):
        (config.parent / name).write_text("no PEM\n")
    (config.parent / "token").write_text("mã bí mật\n", encoding="utf-8")
    tls = 'ca_file = "ca"\ncertificate_file = "cert"\nkey_file = "key"\n'
    store = 'kind = "influx2"\nurl = "http://h"\nbucket = "b"\ntoken_file = "token"\n'
    config.write_text(
        f'version = 1\nledger = "l.db"\n[broker]\nhost = "h"\n{tls}[store]\n{store}'
    )

    code, _, err = run("check", "-c", config)

    tls_told, token_told = err.splitlines()
    assert code == 2
    assert tls_told.startswith("broker: the TLS files cannot be used: ")
    assert token_told.startswith(f"{config.parent / 'token'}: holds what no token has")


def test_a_refill_of_nothing_changes_nothing(config: Path, run: Run) -> None:
    place = ("--coop", "htx-moduc", "--gateway", "g1")
    Ledger(config.parent / "ledger.db").close()

    code, out, _ = run("refill", "-c", config, *place, *SPAN)

    assert code == 0
    assert out == "htx-moduc/g1: no batch touches that time; nothing changed\n"


def test_a_refill_says_what_only_the_gateway_can_bring_again(
    config: Path, run: Run
) -> None:
    lines = [*lines_of(G1, 1, 4), "nonsense\n"]
    _, plain = batch_of(lines, 1)
    one = judge(Incoming(G1.topic("up/r"), plain, False, 1, 1))
    with contextlib.closing(Ledger(config.parent / "ledger.db")) as ledger:
        ledger.record(record_of([one]), 1)
    place = ("--coop", "htx-moduc", "--gateway", "g1")

    code, out, _ = run("refill", "-c", config, *place, *SPAN)

    assert code == 0
    assert out.splitlines() == [
        "htx-moduc/g1: epoch 7f3a9c12: 1 batches taken out: 1..5",
        "htx-moduc/g1: 5 numbers come again after the gateway's next hello,"
        " within the hour",
        "htx-moduc/g1: 1 of them were rejected; these come only after"
        " `canhdong requeue` on the gateway, where it still has them",
    ]


@pytest.mark.parametrize(
    "command", ["ingest", "check", "refill", "requeue", "summary", "lot", "ledger"]
)
def test_every_command_has_help(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])

    assert ended.value.code == 0
    assert "-c FILE" in capsys.readouterr().out


def test_a_store_that_is_down_ends_a_command_with_1(
    config: Path, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    text = CONFIG.format(more="").partition("[store]")[0]
    config.write_text(
        f'{text}[store]\nkind = "influx1"\nurl = "http://127.0.0.1:9"\ndatabase = "d"\n'
    )

    code, _, _ = run("summary", "-c", config, "soil_ph", *PLACE, *SPAN)

    assert code == 1
    assert "Connection refused" in caplog.text
