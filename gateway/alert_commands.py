"""``canhdong alerts``, ``verdict`` and ``rules``: what the field has said here."""

import argparse
import difflib
import json
import sys
from contextlib import closing

from gateway import check, rulebook, status
from gateway.answers import Answer, leave
from gateway.config import Config
from gateway.reader import Reader
from gateway.records import EpisodeRow
from gateway.soundness import refuse_foreign
from rules.text import Instant, say
from telemetry.settings import ConfigError
from telemetry.verdict import UNSEEN, VERDICTS_EN, VERDICTS_VI, verdict_of


def alerts(args: argparse.Namespace) -> int:
    """``canhdong alerts``: every episode, the newest last."""
    config = check.load(args.config)
    found = []
    if config.buffer_path.exists():
        found = _episodes(config)
    else:
        print(
            f"{config.buffer_path} does not exist: the gateway has not run yet; start"
            f" it with: canhdong run -c {args.config}",
            file=sys.stderr,
        )
    if args.json:
        rows = [each._asdict() for each in found]
        print(json.dumps({"v": 1, "episodes": rows}, ensure_ascii=False, indent=2))
        return 0
    if not found:
        print("chưa có cảnh báo nào · no alert yet")
    for each in found:
        print(_told(each))
    return 0


def verdict(args: argparse.Namespace) -> int:
    """``canhdong verdict``: đúng, sai or chưa xem."""
    config = check.load(args.config)
    word = verdict_of(args.verdict)
    code = args.code.upper()
    codes = {each.code: each for each in _episodes(config)}
    if code not in codes:
        near = difflib.get_close_matches(code, codes, n=1)
        remedy = f"did you mean {near[0]}?" if near else "see canhdong alerts"
        raise ConfigError([f"no alert has the code {code}; {remedy}"])
    leave(config, Answer(code, word))
    print(f"{code}: {VERDICTS_VI[word]} · {VERDICTS_EN[word]}")
    print(f"  {codes[code].vi}")
    return 0


def rules(args: argparse.Namespace) -> int:
    """``canhdong rules``: which rules watch what, and which rest and why."""
    config = check.load(args.config)
    known, on = rulebook.known(config), rulebook.chosen(config)
    standing = _standing(config)
    for name, rule in known.items():
        switch = "on" if name in on else "off"
        print(f"{name}  [{switch}, {rule.state}]  {rule.table.title.vi}")
        print(f"    {rule.table.title.en}: {rule.when.text}")
        print(f"    {'; '.join(rule.sources)}")
        for subject, how in standing.get(name, {}).items():
            print(f"    {subject}: {how}")
    return 0


def _standing(config: Config) -> dict[str, dict[str, str]]:
    """What the running gateway says of its rules; nothing where none runs."""
    newest = status.newest(config, status.RULES_FILE)
    if newest is None:
        return {}
    try:
        said = json.loads(newest.read_bytes())
        return {rule: dict(how) for rule, how in said["rules"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _episodes(config: Config) -> list[EpisodeRow]:
    refuse_foreign(config.buffer_path)
    with closing(Reader(config.buffer_path)) as reader:
        return reader.episodes()


def _told(each: EpisodeRow) -> str:
    word = each.verdict or UNSEEN
    seen = f"{VERDICTS_VI[word]} · {VERDICTS_EN[word]}"
    since = say(Instant(each.utc_ms), "vi")
    return (
        f"{each.code}  {each.state:<9} {each.severity:<8} {since}  [{seen}]\n"
        f"     {each.vi}\n     {each.en}"
    )
