"""Rules edited under a running gateway, beside a simulated field."""

import gc
import os
import signal
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from gateway.config import Config, Rules
from gateway.main import main
from gateway.reader import Reader
from gateway.records import EpisodeRow
from gateway.reload import Reload
from tests import parts, programs
from tests.programs import Program

pytestmark = pytest.mark.real

SPEED: Final = 200  # rules look every 300 s of field time
RULE: Final = """
version = 1
sources.of-{name} = {{ text = "a trial", kind = "read" }}
[rules.{name}]
set = "{name}"
when = "last(air_temperature) >= limit"
severity = "{severity}"
action = "scout"
title = {{ vi = "Nóng", en = "Warm" }}
say = {{ vi = "{{plot}}: nóng từ {{since}}.", en = "{{plot}}: warm since {{since}}." }}
do = {{ vi = "Ra thăm ruộng.", en = "Look at the field." }}
[sets.{name}]
state = "sourced"
numbers.limit = {{ value = {limit}, unit = "°C", source = "of-{name}" }}
"""
ALWAYS, NEVER = -40, 70  # °C, of a field that has some 20 to 35


class Field:
    """A gateway that runs, and the folder of its rules."""

    def __init__(self, folder: Path, gateway: Program) -> None:
        self.folder, self.gateway = folder, gateway
        self.is_hurried = False  # before it runs, a signal would end it

    def write(self, limit: int, severity: str = "notice", name: str = "site") -> None:
        text = RULE.format(name=name, limit=limit, severity=severity)
        self.put(name, text)

    def put(self, name: str, text: str) -> None:
        path = self.folder / "rules.d" / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.hurry()

    def hurry(self) -> None:
        """Have it read at once; by itself it takes up to six seconds."""
        if self.gateway.exit_code is None and self.is_hurried:
            os.kill(self.gateway.pid, signal.SIGHUP)

    def episodes(self, rule: str = "site") -> list[EpisodeRow]:
        with closing(Reader(self.folder / "data" / "buffer.db")) as reader:
            return [each for each in reader.episodes() if each.rule == rule]

    def states(self, rule: str = "site") -> list[str]:
        return [each.state for each in self.episodes(rule)]

    def comes(self, *states: str, rule: str = "site") -> None:
        parts.wait_until(lambda: self.states(rule) == [*states], 20.0)

    def faults(self) -> list[str]:
        return list(programs.status(self.folder).get("rules_faults", []))


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    programs.gateway_config(tmp_path, 1, devices=1, every_s=60)  # no broker is there
    with (tmp_path / "gateway.toml").open("a", encoding="utf-8") as config:
        config.write(f'[rules]\nfolder = "{tmp_path}/rules.d"\n')
    gateway = programs.gateway(tmp_path, "--speed", SPEED)
    one = Field(tmp_path, gateway)
    one.write(NEVER)
    one.write(ALWAYS, name="other")
    with programs.simulator(tmp_path, "--speed", SPEED) as simulator:
        simulator.says("serving")
        with gateway:
            gateway.says("runs; data in")
            one.is_hurried = True
            one.comes("firing", rule="other")
            yield one
            assert gateway.stop() == 0


def test_an_edited_threshold_fires_and_clears_without_a_restart(field):
    pid = field.gateway.pid
    field.is_hurried = False

    field.write(ALWAYS)
    field.comes("firing")
    field.write(NEVER)
    field.comes("resolved")

    assert field.gateway.pid == pid
    assert field.states("other") == ["firing"]


def test_an_open_episode_outlives_edits_of_its_rule_and_ends_with_it(field):
    (before,) = field.episodes("other")

    field.write(ALWAYS, "critical", name="other")
    field.gateway.says("read: .* changed other")
    field.write(ALWAYS)
    field.comes("firing")  # so rules have looked since
    (after,) = field.episodes("other")
    (field.folder / "rules.d" / "other.toml").unlink()
    field.hurry()
    field.comes("resolved", rule="other")

    assert after == before


def test_a_broken_edit_leaves_the_old_in_force_and_says_why(field):
    field.write(ALWAYS)
    field.comes("firing")

    field.put("other", "[rules.other")
    parts.wait_until(field.faults, 20.0)
    field.write(NEVER)  # the other file is taken all the same
    field.comes("resolved")
    (fault,) = field.faults()
    states = field.states("other")
    field.write(ALWAYS, name="other")
    parts.wait_until(lambda: not field.faults(), 20.0)

    assert "other.toml: not TOML: " in fault
    assert states == field.states("other") == ["firing"]
    assert field.gateway.text.count(fault) == 1


def test_a_start_on_a_broken_file_polls_and_says_why(field):
    field.is_hurried = False
    field.put("other", "[rules.other")
    assert field.gateway.stop() == 0

    field.gateway.start()
    parts.wait_until(field.faults, 20.0)

    (fault,) = field.faults()
    field.is_hurried = True
    field.write(ALWAYS)
    field.comes("firing")  # so rules have looked since
    assert "other.toml: not TOML: " in fault
    assert field.states("other") == ["firing"]


def test_a_hangup_has_the_rules_read_at_once(field):
    field.hurry()

    field.gateway.says("rules in .* were read: .* none has changed")


def test_a_hundred_edits_leave_nothing_behind(tmp_path):
    config = Config(
        version=1, coop="c", gateway="g", data_dir=tmp_path,
        rules=Rules(folder=tmp_path),
    )  # fmt: skip
    one, now_s, kept = Reload(config), 0.0, []
    tracemalloc.start()
    for edit in range(110):
        text = RULE.format(name="site", severity="notice", limit=edit)
        text = "[broken" if edit % 10 == 5 else text
        (tmp_path / "site.toml").write_text(text, encoding="utf-8")
        reads = []
        for _ in range(10):
            now_s += 1.0
            reads.append(one.look(now_s))
        assert sum(each is not None for each in reads) == 1
        if edit in (9, 109):
            gc.collect()
            kept.append((tracemalloc.get_traced_memory()[0], open_files(), threads()))
    tracemalloc.stop()

    (bytes_before, *before), (bytes_after, *after) = kept
    assert before == after
    assert bytes_after - bytes_before < 64 * 1024  # a rule has some 20 KiB


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def test_status_says_that_switches_of_the_config_need_a_restart(field, capsys):
    path = field.folder / "gateway.toml"
    parts.wait_until(lambda: programs.status(field.folder), 20.0)
    main(["status", "-c", str(path)])
    before = capsys.readouterr().out

    with path.open("a", encoding="utf-8") as config:
        config.write('off = ["other"]\n')
    main(["status", "-c", str(path)])

    assert "restart" not in before
    assert "restart the gateway to take it in" in capsys.readouterr().out
