"""The watch at work in the recorder: states, episodes and messages on the card."""

import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from gateway import check, wiring
from gateway.history import Past
from gateway.inbox import Answered, Damaged, Request, Standing
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import Change
from gateway.rulebook import chosen
from gateway.segments import Segment
from gateway.uplink import Uplink
from gateway.watch import Watch, row
from telemetry import messages
from telemetry.messages import Alert
from telemetry.mqtt import Broker, Link
from telemetry.reading import Flag, Reading
from telemetry.topics import Identity
from tests import parts
from tests.gateway.test_recorder import HandClock, stepped

HOUR_MS = 3_600_000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BEGIN_MS = round(BEGIN.timestamp() * 1000)

CONFIG = """
version = 1
coop = "htx-moduc"
gateway = "g1"
data_dir = "{folder}/data"

[buses.rs485-0]
port = "{folder}/bus"

[devices.tube]
driver = "qdy30a"
bus = "rs485-0"
every_s = 3600

[sensors.tube]
device = "tube"
plot = "p17"
zero = {{ value = 28.0, date = "2025-12-20", author = "demo" }}

[plots.p17]
name = "thửa 17"
locality = "xứ đồng Cây Gạo"
crop = "rice"
sown = "2025-12-01"
duration_days = 105

[rules]
on = ["rice-blast"]
"""


class Site:
    """A gateway's recorder and watch on a folder, over restarts."""

    def __init__(self, folder: Path) -> None:
        path = folder / "gateway.toml"
        path.write_text(CONFIG.format(folder=folder), encoding="utf-8")
        self.config = check.load(path)
        self.config.data_dir.mkdir()
        self.clock = HandClock()
        self.clock.now_s = 0.0
        self.hour = 0
        self.start()
        stepped(
            self.recorder,
            Request(Change(segments=[Segment(1, 1, 0, BEGIN_MS, "hello", 20)])),
        )

    def start(self) -> None:
        channels = wiring.channels(self.config)
        past = Past(
            wiring.places(self.config),
            {key: channel.head for key, channel in channels.items()},
            self.clock,
            full_scale={("tube", "water_level"): 100.0},
        )
        self.watch = Watch(self.config, chosen(self.config), past, self.clock.boot)
        self.recorder = Recorder(
            self.config.buffer_path,
            Identity("htx-moduc", "g1"),
            channels,
            self.clock,
            self.watch,
            commit_s=1,
            keep_days=30,
            max_bytes=2**26,
        )
        stepped(self.recorder, Standing(hello=True))

    def poll(self, *levels: float | None) -> None:
        """One poll an hour, each committed."""
        for level in levels:
            flag = Flag.MISSING if level is None else Flag.UNCHECKED
            reading = Reading("tube", "water_level", self.hour * HOUR_MS, level, flag)
            self.clock.now_s = self.hour * 3600.0 + 1
            stepped(self.recorder, [reading])
            self.clock.now_s += 2
            stepped(self.recorder)
            self.hour += 1

    def alerts(self) -> list[Alert]:
        with self.reading() as reader:
            bodies = reader.outbox().values()
        found = [messages.decode(body, Alert) for body in bodies]
        return sorted(found, key=lambda a: (a.since_ms, a.id))

    def episodes(self):
        with self.reading() as reader:
            return reader.episodes()

    def reading(self):
        return closing(Reader(self.config.buffer_path))


@pytest.fixture
def site(tmp_path: Path):
    one = Site(tmp_path)
    yield one
    one.recorder.close()


def test_an_alert_is_on_the_card_with_the_reading_that_caused_it(site):
    site.poll(-14.0, -15.5, -15.6)

    (alert,) = site.alerts()
    (episode,) = site.episodes()
    assert (alert.rule, alert.state, alert.plot) == ("rice-water-low", "firing", "p17")
    assert alert.id == f"{episode.id}-1"
    assert alert.code == episode.code
    assert alert.title_vi == "Ruộng cần nước"
    assert alert.value == -15.6
    assert alert.unit == "cm"
    assert alert.utc_ms == BEGIN_MS + HOUR_MS + 3000
    assert alert.source.startswith("IRRI")
    assert alert.audience == "field"
    assert episode.verdict == "chua-xem"


def test_one_line_of_a_day_is_on_record_as_over(site):
    site.poll(-14.0, -15.5, -15.6)
    (alert,) = site.alerts()

    kept = row(msgspec.structs.replace(alert, kind="daily"))

    assert (alert.kind, row(alert).state) == ("alert", "firing")
    assert kept.state == "resolved"


def test_a_restart_while_firing_tells_nothing_anew(site):
    site.poll(-15.5, -15.6)

    for _ in range(5):
        site.recorder.close()
        site.start()
        site.poll(-15.7)

    assert len(site.alerts()) == 1
    assert len(site.episodes()) == 1


@pytest.mark.slow
def test_windows_reach_over_a_restart(site):
    falling = [0.0 - 0.1 * hour for hour in range(95)]
    site.poll(*falling)
    site.recorder.close()
    site.start()

    site.poll(*(-9.5 - 0.1 * hour for hour in range(8)))

    (alert,) = site.alerts()
    assert alert.rule == "rice-water-soon"
    assert "khoảng thứ Tư 7/1" in alert.vi


def test_an_end_is_told_under_the_same_code(site):
    site.poll(-15.5, -15.6, 4.0, 5.0)

    first, last = site.alerts()
    (episode,) = site.episodes()
    assert [first.state, last.state] == ["firing", "resolved"]
    assert first.code == last.code == episode.code
    assert episode.state == "resolved"
    assert episode.steps == 2


def test_a_verdict_is_kept_and_told_and_takes_a_step_of_its_own(site):
    site.poll(-15.5, -15.6)
    code = site.episodes()[0].code
    done = []

    stepped(site.recorder, Answered(code, "dung", lambda: done.append(True)))
    site.poll(4.0, 5.0)

    assert done == [True]
    assert [(a.state, a.verdict, a.id[-2:]) for a in site.alerts()] == [
        ("firing", "", "-1"),
        ("answered", "dung", "-2"),
        ("resolved", "", "-3"),
    ]
    assert site.episodes()[0].verdict == "dung"


def test_an_answer_to_no_alert_is_put_away(site):
    done = []

    stepped(site.recorder, Answered("XXX", "dung", lambda: done.append(True)))

    assert done == [True]
    assert site.alerts() == []


def test_after_damage_what_is_open_stays_open(site):
    site.poll(-15.5, -15.6)
    with site.reading() as reader:
        epoch = reader.ledger().epoch

    stepped(site.recorder, Damaged("torn page", epoch))
    site.poll(-15.7)
    site.recorder.close()
    site.start()
    site.poll(-15.8)

    (episode,) = site.episodes()
    told = {alert.rule for alert in site.alerts()}
    assert told == {"rice-water-low", "buffer-damaged", "buffer-salvaged"}
    assert (episode.rule, episode.state) == ("rice-water-low", "firing")


def test_alerts_that_wait_outlive_a_damaged_file(site):
    site.poll(-15.5, -15.6)
    uplink = unreachable(site)
    with site.reading() as reader:
        epoch = reader.ledger().epoch
    stepped(site.recorder, Damaged("torn page", epoch))

    uplink.step(threading.Event())
    site.poll(-15.7)

    waiting = {alert.rule for alert in site.alerts()}
    assert waiting == {"rice-water-low", "buffer-damaged", "buffer-salvaged"}
    assert len(uplink.alerts_waiting) == 2


def unreachable(site: Site) -> Uplink:
    """The uplink of a gateway whose broker is not there."""
    identity = Identity("htx-moduc", "g1")
    broker = Broker(host="127.0.0.1", port=parts.free_port())
    link = Link(broker, client_id="g1", subscribe="x", will=("x", b"0"))
    return Uplink(
        link, identity, site.recorder, site.config.buffer_path, site.clock,
        send_every_s=1, resend_after_s=1, back_ms=1000, plain=False, meta=b"{}",
        state=lambda: b"{}", ntp_offset_ms=lambda: None, versions={},
    )  # fmt: skip


def test_a_rule_that_is_switched_off_closes_its_alert_as_whose_it_was(site):
    site.poll(-15.5, -15.6)
    (before,) = site.episodes()
    site.recorder.close()
    off = msgspec.structs.replace(site.config.rules, off=["rice-water-low"])
    site.config = msgspec.structs.replace(site.config, rules=off)
    site.start()

    site.poll(-15.7)

    (after,) = site.episodes()
    closed = site.alerts()[-1]
    assert closed.state == "resolved"
    assert (closed.plot, closed.audience, closed.code) == ("p17", "field", before.code)
    assert after == before._replace(
        state="resolved", steps=2, vi=closed.vi, en=closed.en
    )


def test_a_lost_link_is_told_when_it_is_back(site):
    stepped(site.recorder, Standing(hello=False))
    site.poll(0.0, 0.0, 0.0)
    stepped(site.recorder, Standing(hello=True))
    site.poll(0.0)

    assert [(a.rule, a.state) for a in site.alerts()] == [
        ("link-down", "firing"),
        ("link-down", "resolved"),
    ]


def test_rules_say_why_they_rest(site):
    site.poll(-15.5)

    standing = site.watch.standing()

    assert standing["rice-water-low"]["p17"] == "pending"
    assert "no data" in standing["rice-blast"]["p17"]
