"""``canhdong rules backtest``: from a table, the buffer or the database to episodes."""

import http.server
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway import past_store
from gateway.main import main
from gateway.past_store import Store
from telemetry.settings import ConfigError
from tests import parts
from tests.gateway.test_watch import BEGIN_MS, HOUR_MS, Site

DRYING = [4.0, *[-0.5 * hour for hour in range(40)], *[5.0] * 8]
FIELD = (
    "--crop",
    "rice",
    "--method",
    "sa",
    "--sown",
    "2025-12-01",
    "--duration",
    "105",
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    lines = ["time,tube:water_level"]
    for hour, value in enumerate(DRYING * 2):
        at = datetime(2026, 1, 5) + timedelta(hours=hour)  # noqa: DTZ001  as people write
        lines.append(f"{at:%Y-%m-%d %H:%M},{value}")
    path = tmp_path / "season.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_table_becomes_episodes_counts_and_a_page(table, tmp_path, capsys):
    chart = tmp_path / "out.html"

    code = main(
        ["rules", "backtest", "rice-water-low", "--data", str(table), *FIELD,
         "--chart", str(chart)]
    )  # fmt: skip

    told = capsys.readouterr()
    assert code == 0
    episodes = [line for line in told.out.splitlines() if " rice-water-low  " in line]
    assert len(episodes) == 2
    assert "2026-01-06 07:00 → 2026-01-06 18:00" in episodes[0]
    assert "−15,5 cm" in episodes[0]
    (counts,) = [
        line for line in told.out.splitlines() if "rice-water-low plot" in line
    ]
    assert counts.split()[2:] == ["2", "2", "2/5", "40", "%", "open"]
    assert "nobody went to see" in told.out
    assert "full scale taken as 100 cm" in told.err
    assert "<svg" in chart.read_text(encoding="utf-8")


def test_without_assumptions_a_rule_that_must_know_its_probe_rests(table, capsys):
    main(["rules", "backtest", "rice", "--data", str(table), *FIELD, "--strict"])

    told = capsys.readouterr().out
    assert "no episode" in told
    assert "rests: rice-water-low plot: needs full_scale(water_level)" in told


def test_a_part_of_the_past_is_looked_at_alone(table, capsys):
    days = ("--from", "2026-01-07", "--to", "2026-01-08")
    main(["rules", "backtest", "rice-water-low", "--data", str(table), *FIELD, *days])

    told = capsys.readouterr().out
    assert told.startswith("2026-01-07 00:00 to 2026-01-08 23:00: 48 looks")
    assert "2026-01-08" in told


def test_a_sites_file_is_tried_before_it_is_switched_on(table, tmp_path, capsys):
    own = tmp_path / "own.toml"
    own.write_text(
        "version = 1\n[sources.trial]\ntext = 'a trial'\nkind = 'read'\n"
        "[sets.safe-awd.numbers.low]\nvalue = -10\nunit = 'cm'\nsource = 'trial'\n",
        encoding="utf-8",
    )

    main(["rules", "backtest", str(own), "--data", str(table), *FIELD])

    told = capsys.readouterr().out
    assert "2026-01-05 21:00 → " in told  # −10 cm comes ten hours earlier


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["rice-water-lo", "--data", "{table}", *FIELD], "did you mean 'rice-water"),
        (["rice", "--data", "{table}"], "say which plot: -c FILE --plot ID"),
        (["rice", *FIELD], "say where the past is"),
        (["rice", "--buffer", *FIELD], "--buffer needs -c FILE"),
        (["rice", "--data", "none.csv", *FIELD], "none.csv: cannot be read"),
        (["none.toml", "--data", "{table}", *FIELD], "none.toml: cannot be read"),
        (["rice", "--store", "http://h", *FIELD], "--store needs --database"),
        (
            ["rice", "--store", "h", "--database", "d", "--from", "2026-01-01",
             "--to", "2026-01-02", "--coop", "a'b", *FIELD],
            "--store 'h': expected http://HOST:PORT",
        ),
        (
            ["rice", "--store", "http://h:port", "--database", "d", "--coop", "c",
             "--gateway", "g", "--from", "2026-01-01", "--to", "2026-01-02", *FIELD],
            "--store 'http://h:port': expected http://HOST:PORT",
        ),
        (["rice", "--data", "{table}", "--use", "tube", *FIELD], "QUANTITY=SENSOR"),
        (
            ["rice", "--data", "{table}", "--use", "water_level=tub", *FIELD],
            "did you mean 'water_level=tube'?",
        ),
        (["rice", "--data", "{table}", "--from", "2030-01-01", *FIELD], "nothing to"),
        (["rice", "--data", "{table}", "--every", "nan", *FIELD], "--every nan: give"),
        (["rice", "--data", "{table}", "--every", "1e-9", *FIELD], "give 0.02 to 24"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line_with_its_remedy(given, why, table, capsys):
    code = main(["rules", "backtest", *(word.format(table=table) for word in given)])

    told = capsys.readouterr().err
    assert code == 2
    assert why in told


def test_a_past_that_one_wrong_date_makes_long_is_refused(table, capsys):
    with table.open("a", encoding="utf-8") as text:
        text.write("\n2099-12-31 00:00,3.5\n")

    code = main(["rules", "backtest", "rice", "--data", str(table), *FIELD])

    assert code == 2
    assert "give --from, --to; one wrong date" in capsys.readouterr().err


# --- the buffer ----------------------------------------------------------------


@pytest.fixture
def buffer(tmp_path: Path) -> Path:
    """A config whose buffer holds a day and a half of polls."""
    site = Site(tmp_path)
    site.poll(*DRYING[:36])
    site.recorder.close()
    return tmp_path / "gateway.toml"


@pytest.mark.slow
def test_the_gateways_own_buffer_gives_the_past(buffer, capsys):
    code = main(["rules", "backtest", "rice-water-low", "--buffer", "-c", str(buffer)])

    told = capsys.readouterr()
    assert code == 0, told.err
    assert told.out.startswith("2026-01-01 07:00 to 2026-01-02 18:00: 36 looks")
    assert "2026-01-02 14:00 → còn tiếp" in told.out


@pytest.mark.slow
def test_rows_whose_time_nobody_has_told_are_counted(buffer, capsys):
    with closing(sqlite3.connect(buffer.parent / "data" / "buffer.db")) as db:
        db.execute("DELETE FROM segment")
        db.commit()

    code = main(["rules", "backtest", "rice-water-low", "--buffer", "-c", str(buffer)])

    assert code == 2
    assert "36 rows wait for the province" in capsys.readouterr().err


@pytest.mark.slow
def test_a_plot_of_a_config_may_be_tried_on_a_table(buffer, table, capsys):
    text = buffer.read_text(encoding="utf-8")
    buffer.write_text(text + '[plots.p17.sensors]\nwater_level = "tube"\n')
    given = ["--data", str(table), "-c", str(buffer), "--plot", "p17"]

    code = main(["rules", "backtest", "rice-water-low", *given])

    told = capsys.readouterr()
    assert code == 0, told.err
    assert "rice-water-low p17" in told.out


@pytest.mark.slow
def test_hours_stand_for_rows_that_are_gone(buffer, capsys):
    with closing(sqlite3.connect(buffer.parent / "data" / "buffer.db")) as db:
        db.execute("DELETE FROM reading WHERE ms < ?", (12 * HOUR_MS,))
        db.commit()

    code = main(["rules", "backtest", "rice-water-low", "--buffer", "-c", str(buffer)])

    told = capsys.readouterr()
    assert code == 0, told.err
    assert "12 hours whose rows are gone were read as hours" in told.err
    assert told.out.startswith("2026-01-01 07:00 to 2026-01-02 18:00: 36 looks")
    assert "2026-01-02 14:00 → còn tiếp" in told.out


# --- the database --------------------------------------------------------------


def line(hour: int, value: float | None) -> str:
    tags = "coop=htx-moduc,gw=g1,plot=p17,sensor=tube,z=0"
    fields = "flag=9i" if value is None else f"value={value},flag=1i"
    return f"water_level,{tags} {fields} {(BEGIN_MS + hour * HOUR_MS) * 1_000_000}"


@pytest.mark.real
def test_the_database_of_the_province_gives_the_same_past(influx):
    parts.create_database(influx.port, "backtest")
    rows = [line(hour, value) for hour, value in enumerate([*DRYING, None])]
    thin = rows[0].replace("water_level,", "water_level_15m,").split(" ")
    early = f"{thin[0]} value=4.5,min=4.0,max=5.0,n=15i {BEGIN_MS - HOUR_MS}000000"
    parts.write(influx.port, "backtest", "\n".join([*rows, early]).encode())
    store = Store(url=influx.url, database="backtest", coop="htx-moduc", gateway="g1")

    found = past_store.read(store, BEGIN_MS - 24 * HOUR_MS, BEGIN_MS + 96 * HOUR_MS)

    ((place, taken),) = found.samples.items()
    assert (place.sensor, place.quantity, place.plot) == ("tube", "water_level", "p17")
    assert [value for _, value, _ in taken] == [4.5, *DRYING, None]
    assert taken[-1] == (BEGIN_MS + len(DRYING) * HOUR_MS, None, 9)


@pytest.fixture
def answering() -> Iterator[tuple[str, list[bytes]]]:
    """A far end that answers whatever it is asked with what it is given, in turn."""
    answers: list[bytes] = []

    class Far(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = answers.pop(0)
            self.send_response(401 if body.startswith(b"no") else 200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Far) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", answers
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"not allowed", "answers HTTP 401: not allowed"),
        (b"<html>", "no answer to a query: '<html>'"),
        (b"[]", "no answer to a query"),
        (json.dumps({"results": [{"error": "database not found: x"}]}).encode(),
         "database not found: x"),
        (b'{"results": [{}]}', "has nothing of c/g in d in this time"),
        (b'{"results": [{"series": [{}]}]}', "its series are none of ours"),
        (json.dumps({"results": [{"series": [{
            "name": "cpu", "tags": {"plot": "p", "sensor": "s", "z": "0"},
            "columns": ["time", "value"], "values": [[0, 1.5]]}]}]}).encode(),
         "its series are none of ours: KeyError('cpu')"),
    ],
)  # fmt: skip
def test_a_database_that_cannot_answer_is_told_in_one_line(answering, body, why):
    url, answers = answering
    answers.append(body)
    store = Store(url=url, database="d", coop="c", gateway="g", token="t")  # noqa: S106  of a test

    with pytest.raises(ConfigError) as fault:
        past_store.read(store, BEGIN_MS, BEGIN_MS + HOUR_MS)

    (told,) = fault.value.faults
    assert why in told


def test_a_database_that_is_away_is_weather():
    store = Store(url="http://127.0.0.1:1", database="d", coop="c", gateway="g")

    with pytest.raises(OSError, match=r"127\.0\.0\.1:1"):
        past_store.read(store, BEGIN_MS, BEGIN_MS)
