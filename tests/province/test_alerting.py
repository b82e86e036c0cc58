"""Alerts in the ledger: columns, verdicts, episodes, and the ledger of before."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

import province.migrations
from province.alerting import clean, facts_of, put_events, put_verdict
from province.episodes import Episode, episodes
from province.intake import Event, judge
from province.ledger import Ledger
from province.records import Round
from province.schema import METADATA
from telemetry.messages import Alert, encode
from telemetry.mqtt import Incoming
from telemetry.settings import ConfigError
from telemetry.verdict import VERDICTS, verdict_of
from tests.province.gateway import G1
from tests.province.mail.story import NOW_MS, WATER, tell


def step(number: int, **changes: object) -> Alert:
    return msgspec.structs.replace(WATER, id=f"{WATER.episode}-{number}", **changes)


def found(ledger: Ledger, **which: str) -> list[Episode]:
    with ledger.transaction() as db:
        return episodes(db, **which)


def test_the_columns_are_those_of_the_body() -> None:
    assert facts_of(encode(step(12))) == {
        "episode": WATER.episode,
        "step": 12,
        "code": "7F3",
        "rule": "rice-water-low",
        "plot": "p17",
        "subject": "p17",
        "audience": "field",
        "severity": "warning",
        "state": "firing",
        "since_ms": WATER.utc_ms,
        "verdict": "",
    }


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"id": "e-x"}, "step", 1),
        ({"id": f"{WATER.episode}-{'9' * 30}"}, "step", 1),
        ({"id": f"{WATER.episode}-٣"}, "step", 1),
        ({"episode": ""}, "episode", WATER.id),
        ({"utc_ms": -(10**30)}, "since_ms", None),
        ({"utc_ms": 10**30}, "since_ms", None),
        ({"audience": "everyone"}, "audience", "technician"),
        ({"verdict": "maybe"}, "verdict", ""),
        ({"plot": "p\x1b[2J\r\n17"}, "plot", "p [2J 17"),
        ({"rule": "r" * 10**5}, "rule", "r" * 119 + "…"),
    ],
)
def test_what_cannot_be_is_made_harmless(
    changes: dict[str, object], column: str, value: object
) -> None:
    assert facts_of(encode(msgspec.structs.replace(WATER, **changes)))[column] == value


json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


KEYS = sorted(msgspec.structs.asdict(WATER).keys() | {"more"})


@pytest.mark.slow
@settings(max_examples=40)  # each makes a database
@given(st.dictionaries(st.sampled_from(KEYS), json, min_size=1))
def test_no_body_that_passes_intake_breaks_the_ledger(changes: dict[str, Any]) -> None:
    body = msgspec.json.encode(msgspec.structs.asdict(WATER) | changes)
    heard = judge(Incoming(G1.topic("up/alert"), body, False, 1, 1))
    events = [heard] if isinstance(heard, Event) else []
    engine = sa.create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.begin() as db:
        put_events(db, events, NOW_MS)
        put_events(db, events, NOW_MS)
        folded = episodes(db)
    engine.dispose()

    assert len(folded) == len(events)


@given(st.text(), st.integers(2, 50))
def test_a_cleaned_text_is_one_short_line_and_stays_as_it_is(
    text: str, letters: int
) -> None:
    line = clean(text, letters)

    assert len(line) <= letters
    assert line.isprintable()
    assert clean(line, letters) == line


def test_steps_fold_into_one_episode(ledger: Ledger) -> None:
    tell(ledger, step(1), at_ms=NOW_MS)
    tell(ledger, step(2, state="no_data"), at_ms=NOW_MS + 1)
    (open_,) = found(ledger)
    tell(ledger, step(3, state="resolved"), at_ms=NOW_MS + 2)
    tell(ledger, step(4, state="answered", verdict="sai"), at_ms=NOW_MS + 3)
    (over,) = found(ledger)

    assert (open_.state, open_.until_ms, open_.verdict) == ("no_data", None, "chua-xem")
    assert (over.state, over.until_ms, over.steps) == ("resolved", NOW_MS + 2, 4)
    assert (over.since_ms, over.told_ms) == (WATER.utc_ms, NOW_MS)
    assert (over.verdict, over.by) == ("sai", "gateway")
    assert (over.title_vi, over.title_en) == ("Ruộng cần nước", "Rice needs water")


def test_an_answer_to_what_never_began_is_no_open_alert(ledger: Ledger) -> None:
    tell(ledger, step(2, state="answered", verdict="dung"), at_ms=NOW_MS)

    (one,) = found(ledger)

    assert not one.is_open


def test_an_answer_that_comes_again_overrules_nobody(ledger: Ledger) -> None:
    answer = step(2, state="answered", verdict="sai")
    tell(ledger, step(1), answer, at_ms=NOW_MS)
    with ledger.transaction() as db:
        put_verdict(db, G1, WATER.episode, "dung", who="agronomist", at_ms=NOW_MS)
    tell(ledger, answer, at_ms=NOW_MS + 9)

    assert [(one.verdict, one.by) for one in found(ledger)] == [("dung", "agronomist")]


@pytest.mark.parametrize("text", ["đúng", "Đúng", "ĐÚNG", "dung", " Đung "])
def test_a_verdict_is_known_with_and_without_its_accents(text: str) -> None:
    assert verdict_of(text) == "dung"
    assert [verdict_of(one) for one in ("chưa xem", "CHUA_XEM", "chưa-xem")] == [
        VERDICTS[2]
    ] * 3


def test_another_word_is_told_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'dung'"):
        verdict_of("đúnng")


@pytest.fixture
def of_before(tmp_path: Path) -> Iterator[Path]:
    """A ledger as the first release made it."""
    path = tmp_path / "before.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option(
        "script_location", str(Path(province.migrations.__file__).parent)
    )
    config.set_main_option("path_separator", "newline")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "v0001")
    engine.dispose()
    yield path


def test_alerts_of_an_older_ledger_are_read_into_the_new_columns(
    of_before: Path,
) -> None:
    with sqlite3.connect(of_before) as db:
        rows = [("htx-moduc", "g1", f"{WATER.episode}-{n}") for n in range(1, 251)]
        bodies = [encode(step(n)) for n in range(1, 251)]
        some = [(*row, body, NOW_MS) for row, body in zip(rows, bodies, strict=True)]
        some.append(("htx-moduc", "g1", "odd", b"\xff{", NOW_MS))
        db.executemany("INSERT INTO alert VALUES (?, ?, ?, ?, ?)", some)
    db.close()

    ledger = Ledger(of_before)

    water, odd = found(ledger)
    assert (water.code, water.steps, water.since_ms) == ("7F3", 250, WATER.utc_ms)
    assert (odd.episode, odd.title_vi, odd.until_ms) == ("", "", None)
    ledger.record(Round(events=[Event(G1, "new-1", encode(step(1)))]), NOW_MS)
    ledger.close()


def test_one_line_of_a_day_is_over_as_soon_as_it_is_told(ledger: Ledger) -> None:
    tell(ledger, step(1, kind="daily"), at_ms=NOW_MS)

    (line,) = found(ledger)

    assert (line.state, line.is_open, line.until_ms) == ("resolved", False, NOW_MS)
