"""``canhdong rules``: a group of commands, each in a module of its own.

``gateway.rules_NAME`` has ``add_arguments(parser)`` and ``run(args) -> int``.  Only
the module of the command that was called is imported, so that the daemon carries
neither charts nor back-tests.
"""

import argparse
from importlib import import_module
from typing import Final

COMMANDS: Final = {
    "list": "every rule, whether it is on, and why it cannot judge a plot",
    "check": "every fault of rule files at once, with its remedy",
    "diff": "what the site's own files have changed of the rules shipped",
    "test": "runs the tests of rules: given series, expected episodes",
    "backtest": "what rules would have said over a recorded season",
    "explain": "why an alert was raised: values, thresholds and steps of its model",
    "budget": "how often each rule speaks over the recorded sets",
}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the group; what a command itself takes is asked of its module."""
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = "\n".join(
        ["commands:", *(f"  {name:<10} {about}" for name, about in COMMANDS.items())]
    )
    command.add_argument(
        "name", choices=COMMANDS, metavar="COMMAND", help="one of those below"
    )
    command.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="...", help="what it takes"
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run one command of the group."""
    owner = import_module(f"gateway.rules_{args.name}")
    command = argparse.ArgumentParser(
        prog=f"canhdong rules {args.name}", description=COMMANDS[args.name]
    )
    owner.add_arguments(command)
    return int(owner.run(command.parse_args(args.rest)))
