"""``canhdong alerts`` and ``verdict``: what the field has said here."""

import argparse
import difflib
import json
import sys
from contextlib import closing

from gateway import check
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
    episode = episode_of(config, args.code)
    leave(config, Answer(episode.code, word))
    print(f"{episode.code}: {VERDICTS_VI[word]} · {VERDICTS_EN[word]}")
    print(f"  {episode.vi}")
    return 0


def episode_of(config: Config, code: str) -> EpisodeRow:
    """The newest episode with a code, as a person has typed it.

    Raises
    ------
    ConfigError
        There is none; with the nearest code.
    """
    code = code.upper()
    codes = {each.code: each for each in _episodes(config)}
    if code not in codes:
        near = difflib.get_close_matches(code, codes, n=1)
        remedy = f"did you mean {near[0]}?" if near else "see canhdong alerts"
        raise ConfigError([f"no alert has the code {code}; {remedy}"])
    return codes[code]


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
