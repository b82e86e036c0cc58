"""``canhdong rules test``: given series, expected episodes, told as pytest tells."""

import argparse
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rules import trial, trial_file, trial_verdict
from rules.trial import Course, Told, Trial
from rules.trial_times import offset
from telemetry.settings import ConfigError

WIDTH: Final = 88  # letters a line, as of this project's code
EXIT_FAILED: Final = 1


@dataclass(slots=True)
class Tally:
    """What came of all tests so far."""

    passed: int = 0
    failures: list[tuple[str, list[str]]] = field(default_factory=list)
    errors: list[tuple[str, list[str]]] = field(default_factory=list)  # unusable files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="tests, or a folder of them (default: those of the packs)",
    )
    parser.add_argument(
        "-v",
        dest="is_long",
        action="store_true",
        help="a line a test, and what it told",
    )


def run(args: argparse.Namespace) -> int:
    """Run every test of every file; exit code 1 if one fails."""
    began_s = time.perf_counter()
    tally = Tally()
    for path in _paths(args.files) if args.files else trial_file.shipped():
        _run_file(path, tally, is_long=args.is_long)
    for kind, found in (("ERRORS", tally.errors), ("FAILURES", tally.failures)):
        if found:
            print(_line(kind, "="))
        for title, faults in found:
            print(_line(title, "_"), *faults, sep="\n")
    print(_line(_summary(tally, time.perf_counter() - began_s), "="))
    return EXIT_FAILED if tally.failures or tally.errors or not tally.passed else 0


def _paths(given: Iterable[Path]) -> list[Path]:
    """Every file, of a folder each that it holds."""
    return [
        path
        for each in given
        for path in (sorted(each.glob("*.toml")) if each.is_dir() else [each])
    ]


def _run_file(path: Path, tally: Tally, *, is_long: bool) -> None:
    name = _short(path)
    try:
        suite = trial_file.load(path)
    except ConfigError as fault:
        print(f"{name} E")
        tally.errors.append((name, fault.faults))
        return
    print(name, end="\n" if is_long else " ", flush=True)
    for each in suite.trials:
        course = trial.follow(each, [suite.rules[rule] for rule in each.rules])
        faults = trial_verdict.faults(each, course)
        if faults:
            tally.failures.append((f"{name}: {each.name}", faults))
        tally.passed += not faults
        if is_long:
            _tell(each, course, is_good=not faults)
        else:
            print("F" if faults else ".", end="", flush=True)
    if not is_long:
        print()


def _tell(of: Trial, course: Course, *, is_good: bool) -> None:
    print(f"  {of.name} {'PASSED' if is_good else 'FAILED'}")
    for told in course.told:
        print(f"      {_told(told)}")


def _told(told: Told) -> str:
    end = "" if told.to_ms is None else f" to {offset(told.to_ms)}"
    steps = ", ".join(told.states)
    return f"{told.rule} {told.subject} {offset(told.from_ms)}{end}: {steps}"


def _short(path: Path) -> str:
    """The path from here, where that is shorter."""
    return min(os.path.relpath(path), str(path), key=len)


def _summary(tally: Tally, took_s: float) -> str:
    counts = {
        "failed": len(tally.failures),
        "passed": tally.passed,
        "files that cannot be used": len(tally.errors),
    }
    told = ", ".join(f"{n} {what}" for what, n in counts.items() if n)
    return f"{told or 'no tests'} in {took_s:.2f} s"


def _line(text: str, rule: str) -> str:
    return f" {text} ".center(WIDTH, rule)
