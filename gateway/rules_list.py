"""``canhdong rules list``: which rules watch what, and which rest and why."""

import argparse
import json
from pathlib import Path
from typing import Any

from gateway import check, rulebook, status
from gateway.config import Config


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what it takes."""
    command.add_argument(
        "-c", "--config", type=Path, required=True, metavar="FILE", help="gateway.toml"
    )


def run(args: argparse.Namespace) -> int:
    """Tell every rule that is known here, one's own among them."""
    config = check.load(args.config)
    known, faults = rulebook.read(config, {})
    on, standing = rulebook.switched(config, known), _standing(config)
    for name, rule in known.items():
        switch = "on" if name in on else "off"
        print(f"{name}  [{switch}, {rule.state}]  {rule.table.title.vi}")
        print(f"    {rule.table.title.en}: {rule.when.text}")
        print(f"    {'; '.join(each.text for each in rule.sources)}")
        for subject, how in standing.get(name, {}).items():
            print(f"    {subject}: {how}")
    for fault in faults:
        print(f"FAULT {fault}")
    if kept := _kept(config):
        print(f"the running gateway goes on with what these were: {', '.join(kept)}")
    return 0


def _standing(config: Config) -> dict[str, dict[str, str]]:
    """What the running gateway says of its rules; nothing where none runs."""
    try:
        said = _said(config, status.RULES_FILE)
        return {rule: dict(how) for rule, how in said["rules"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _kept(config: Config) -> list[str]:
    """Rules that the running gateway has kept, since an edit of theirs is at fault."""
    try:
        return [str(name) for name in _said(config, status.FILE)["rules_kept"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []


def _said(config: Config, name: str) -> Any:
    newest = status.newest(config, name)
    return {} if newest is None else json.loads(newest.read_bytes())
