"""Arguments of ``alerts``, ``verdict`` and ``mail``."""

import argparse
from collections.abc import Callable

from province import alert_commands
from province.config import Config
from telemetry.topics import Identity

ROLES = ("technician", "agronomist", "office")

Run = Callable[[Config, argparse.Namespace], int]
Add = Callable[[str, Run, str], argparse.ArgumentParser]


def add_to(
    add: Add, *, name: Callable[[str], str], instant: Callable[[str], int]
) -> None:
    """Add the three commands; ``name`` and ``instant`` read an argument."""
    alerts = add("alerts", _alerts, "List the episodes that gateways have told.")
    alerts.add_argument("--coop", type=name, help="of one cooperative")
    alerts.add_argument("--plot", type=name, help="of one plot")
    alerts.add_argument(
        "--from",
        dest="start",
        type=instant,
        metavar="TIME",
        help="not over by then, such as 2026-11-21; local time where no zone is given",
    )
    alerts.add_argument("--open", action="store_true", help="not over yet")
    alerts.add_argument("--json", action="store_true", help="for programs")

    verdict = add("verdict", _verdict, "Say whether an alert was true.")

    def identity(text: str) -> Identity:
        coop, slash, gateway = text.partition("/")
        if not slash:
            msg = f"{text!r} is not COOP/GATEWAY, such as htx-moduc/g1"
            raise argparse.ArgumentTypeError(msg)
        return Identity(name(coop), name(gateway))

    verdict.add_argument("gateway", type=identity, metavar="COOP/GATEWAY")
    verdict.add_argument("code", metavar="CODE", help="its three characters")
    verdict.add_argument(
        "verdict", metavar="VERDICT", help="đúng, sai or chưa-xem; accents may lack"
    )
    verdict.add_argument("--by", choices=ROLES, default="office", help="who says so")

    mail = add("mail", _mail, "Mail alerts to the people of the registry.")
    mail.add_argument("--once", action="store_true", help="one round, then end")


def _alerts(config: Config, args: argparse.Namespace) -> int:
    return alert_commands.alerts(
        config,
        coop=args.coop,
        plot=args.plot,
        start_ns=args.start,
        is_open=args.open,
        as_json=args.json,
    )


def _verdict(config: Config, args: argparse.Namespace) -> int:
    return alert_commands.verdict(
        config, args.gateway, args.code, args.verdict, args.by
    )


def _mail(config: Config, args: argparse.Namespace) -> int:
    from province.mail import command  # noqa: PLC0415 - the others need no registry

    return command.run(config, is_once=args.once)
