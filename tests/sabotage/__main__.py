"""``make sabotage``: each wrong build must turn a named test red.

Works on a copy of the tree.  All named tests must be green there before anything is
spoiled; then each build is put in, its tests run, and the copy is as it was.  Exit
code 1 if a wrong build passes, or if a test could not be run at all.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.sabotage.builds import BUILDS, Build, Patch

HOUSE: Final = Path(__file__).parents[2]
PACKAGES: Final = ("telemetry", "drivers", "rules", "gateway", "province")
LEFT_BEHIND: Final = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "vm")
GREEN, RED = 0, 1  # exit codes of pytest; any other says that it could not run
WORDS: Final = {GREEN: "GREEN", RED: "red"}
TEST_S: Final = 180.0  # more than the longest of them takes


class Unusable(RuntimeError):
    """The list of builds does not fit the tree any more."""


@contextmanager
def spoiled(tree: Path, build: Build) -> Iterator[None]:
    """Put the build into ``tree``, and take it out again."""
    before = {patch.file: (tree / patch.file).read_text() for patch in build.patches}
    try:
        for patch in build.patches:
            path = tree / patch.file
            path.write_text(_replaced(path.read_text(), patch))
        yield
    finally:
        for file, text in before.items():
            (tree / file).write_text(text)


def _replaced(text: str, patch: Patch) -> str:
    if text.count(patch.was) != 1:
        msg = f"{patch.file} holds {text.count(patch.was)} times: {patch.was!r}"
        raise Unusable(msg)
    return text.replace(patch.was, patch.now)


def ran(tree: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Exit code of pytest on ``tests`` in ``tree``, and what it said."""
    options = ["-q", "-n", "0", "-m", "not bench", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=tree, env=_environment(tree), capture_output=True, text=True,
        timeout=TEST_S * len(tests), check=False,
    )  # fmt: skip
    skips = " skipped" in done.stdout.splitlines()[-1] if done.stdout else True
    return (-1 if skips else done.returncode), done.stdout + done.stderr


def _environment(tree: Path) -> dict[str, str]:
    # Files are written twice within a second: their compiled forms would be taken
    # for one another.
    return os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}


def taken_from(tree: Path) -> None:
    """Raise ``Unusable`` unless tests in ``tree`` import the packages of ``tree``."""
    files = ",".join(f"{package}.__file__" for package in PACKAGES)
    code = f"import {','.join(PACKAGES)}; print({files})"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tree, env=_environment(tree),
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    strays = [file for file in found if not Path(file).is_relative_to(tree)]
    if strays:
        msg = f"the copy would be tested with other packages: {strays}"
        raise Unusable(msg)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 if every wrong build was noticed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", help="builds whose name holds this")
    given = parser.parse_args(arguments)
    builds = [build for build in BUILDS if (given.only or "") in build.name]
    with tempfile.TemporaryDirectory(prefix="canhdong-sabotage-") as name:
        tree = Path(name).resolve() / "tree"
        shutil.copytree(HOUSE, tree, ignore=LEFT_BEHIND)
        try:
            taken_from(tree)
            every = [test for build in builds for test in build.tests]
            began_s = time.monotonic()
            code, text = ran(tree, every)
            if code != GREEN:
                print(text)
                print("WRONG  a named test is not green before anything is spoiled")
                return 1
            took_s = time.monotonic() - began_s
            print(
                f"{len(every)} tests, all green on the tree as it is ({took_s:.0f} s)"
            )
            passed = [build.name for build in builds if not _noticed(tree, build)]
        except Unusable as fault:
            print(f"WRONG  {fault}")
            return 1
    for build in passed:
        print(f"WRONG  nothing notices: {build}")
    if not passed:
        print(f"{len(builds)} wrong builds, each noticed")
    return 1 if passed else 0


def _noticed(tree: Path, build: Build) -> bool:
    """Whether a test turned red; one line for each."""
    is_red = False
    with spoiled(tree, build):
        for test in build.tests:
            code, text = ran(tree, [test])
            word = WORDS.get(code, "NOT RUN")
            is_red |= code == RED
            why = next((w[2:].strip() for w in text.splitlines() if w[:2] == "E "), "")
            title = test.rpartition("::")[2]
            print(f"{build.name:<39}{word:<8}{title:<76}{why[:80]}", flush=True)
            if code not in WORDS:
                print(text)
                return False
    return is_red


if __name__ == "__main__":
    sys.exit(main())
