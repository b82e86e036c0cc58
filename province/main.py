"""``canhdong-province``: the command line of the province."""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from province import alert_arguments, commands, evidence_arguments
from province.attempts import CLIENT_ID
from province.config import Config, broker_of, read
from province.files import Taken, alone
from province.ingest import Ingest
from province.ledger import Ledger
from province.stores import open_store
from province.summary import Question
from telemetry import topics
from telemetry.clock import Clock, ScaledClock, SteppedClock, SystemClock, origin
from telemetry.mqtt import Broker, Link
from telemetry.series import NAME
from telemetry.settings import ConfigError
from telemetry.topics import Identity

EXIT_TAKEN: Final = 75  # EX_TEMPFAIL of sysexits.h

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command.

    0 = done, 1 = weather, 2 = the user's mistake, 75 = another ingest runs.
    """
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    args = _parser().parse_args(arguments)
    run: Callable[[Config, argparse.Namespace], int] = args.run
    try:
        return run(read(args.config), args)
    except ConfigError as fault:
        for line in fault.faults:
            print(line, file=sys.stderr)
        return 2
    except Taken as fault:
        log.critical("%s", fault)
        return EXIT_TAKEN
    except BrokenPipeError:  # the reader of our output has gone: head, less
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as fault:
        log.critical("%s", fault)
        return 1


# --- sub-commands ----------------------------------------------------------------


def _ingest(config: Config, args: argparse.Namespace) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    broker = broker_of(config)
    ledger = Ledger(Path(config.ledger))
    try:
        with alone(ledger.path):
            _serve(config, args, broker, ledger, stop)
    finally:
        ledger.close()
    return 0


def _serve(
    config: Config,
    args: argparse.Namespace,
    broker: Broker,
    ledger: Ledger,
    stop: threading.Event,
) -> None:
    ledger.claim(config.field_time)
    clock = _clock(config, args, ledger)
    store = open_store(config.store)
    link = Link(
        broker,
        client_id=CLIENT_ID,
        subscribe=topics.ALL_UP,
        manual_ack=True,
        keep_session=True,
    )
    ingest = Ingest(
        link=link,
        store=store,
        ledger=ledger,
        clock=clock,
        field_time=config.field_time,
    )
    try:
        ingest.run(stop.is_set)
    finally:
        store.close()


def _check(config: Config, args: argparse.Namespace) -> int:
    return commands.check(config, args.config)


def _refill(config: Config, args: argparse.Namespace) -> int:
    if args.start >= args.end:
        raise ConfigError(["--from: is not before --to; swap them"])
    identity = Identity(args.coop, args.gateway)
    return commands.refill(config, identity, args.start, args.end)


def _requeue(config: Config, args: argparse.Namespace) -> int:
    if (args.coop is None) != (args.gateway is None):
        raise ConfigError(["--coop and --gateway: give both or neither"])
    identity = None if args.coop is None else Identity(args.coop, args.gateway)
    return commands.requeue(config, identity, is_dry=args.dry_run)


def _import(config: Config, args: argparse.Namespace) -> int:
    from province import importing

    return importing.run(config, args.directory, is_dry=args.dry_run)


def _summary(config: Config, args: argparse.Namespace) -> int:
    try:
        question = Question(
            quantity=args.quantity,
            coop=args.coop,
            plot=args.plot,
            z=args.z,
            start_ns=args.start,
            end_ns=args.end,
            pest=args.pest,
            stage=args.stage,
            sensor=args.sensor,
        )
    except ValueError as fault:
        raise ConfigError([str(fault)]) from None
    return commands.summary(config, question)


def _clock(config: Config, args: argparse.Namespace, ledger: Ledger) -> Clock:
    """Return the clock of service, or the one that the command line names."""
    if args.speed is None and args.field_origin is not None:
        raise ConfigError(["--field-origin: belongs to --speed; give both"])
    if args.speed is None and args.field_clock is None:
        return SystemClock()
    if config.field_time != "simulated":
        option = "--speed" if args.speed is not None else "--field-clock"
        fact = f'{option}: {args.config} does not say field_time = "simulated"'
        raise ConfigError([f"{fact}; a real province keeps real time"])
    try:
        if args.speed is None:
            return SteppedClock(args.field_clock)
        bare = ScaledClock(args.speed)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise ConfigError([f"--field-clock {args.field_clock}: {reason}"]) from None
    except ValueError as fault:
        raise ConfigError([f"--speed or --field-clock: {fault}"]) from None
    now = args.field_origin or (bare.field_ms(), time.time_ns() // 1_000_000)
    kept = ledger.origin(bare.boot, now)
    if args.field_origin not in (None, kept):
        fact = f"--field-origin: {config.ledger} keeps {kept[0]}={kept[1]} of this boot"
        raise ConfigError([f"{fact}; give that, or leave it out"])
    return ScaledClock(args.speed, kept)


# --- arguments -------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="canhdong-province",
        description="The province's end of Canhdong: readings in, and a count kept.",
    )
    commands_ = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, run: Callable[[Config, argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        one = commands_.add_parser(name, help=text, description=text)
        one.add_argument(
            *("-c", "--config"),
            type=Path,
            required=True,
            metavar="FILE",
            help="province.toml",
        )
        one.set_defaults(run=run)
        return one

    ingest = add("ingest", _ingest, "Take readings from the broker into the store.")
    clocks = ingest.add_mutually_exclusive_group()
    clocks.add_argument(
        "--speed",
        type=int,
        metavar="N",
        help='field time runs N times as fast; needs field_time = "simulated"',
    )
    clocks.add_argument(
        "--field-clock",
        type=Path,
        metavar="FILE",
        help='field time is set by a replay; needs field_time = "simulated"',
    )
    ingest.add_argument(
        "--field-origin",
        type=origin,
        metavar="FIELD_MS=UTC_MS",
        help="with --speed: UTC of one instant of field time; else it begins now",
    )

    add("check", _check, "Read the config and tell all its faults.")

    refill = add(
        "refill", _refill, "Forget a stretch of time, so that a gateway sends it again."
    )
    _add_gateway(refill, required=True)
    _add_span(refill)

    requeue = add(
        "requeue", _requeue, "Try quarantined lines again with the code of today."
    )
    _add_gateway(requeue, required=False)
    requeue.add_argument("--dry-run", action="store_true", help="change nothing")

    importing_ = add("import", _import, "Take CSV files into the registry, or none.")
    importing_.add_argument(
        "directory",
        type=Path,
        metavar="DIR",
        help="where cooperatives.csv and more are",
    )
    importing_.add_argument("--dry-run", action="store_true", help="change nothing")

    summary = add("summary", _summary, "Say what the store holds of one quantity.")
    summary.add_argument("quantity", metavar="QUANTITY", help="such as soil_moisture")
    summary.add_argument("--coop", type=_name, required=True, help="cooperative")
    summary.add_argument("--plot", type=_name, required=True, help="plot")
    summary.add_argument(
        "--z", type=int, required=True, help="cm above the soil, negative below"
    )
    summary.add_argument("--pest", help="EPPO code or 'unsorted', for insects")
    summary.add_argument(
        "--stage", help="stage of the insects, where there are several"
    )
    summary.add_argument("--sensor", type=_name, help="one sensor of several")
    _add_span(summary)

    alert_arguments.add_to(add, name=_name, instant=_instant)
    evidence_arguments.add_to(add, name=_name, instant=_instant)
    return parser


def _add_gateway(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--coop", type=_name, required=required, help="cooperative")
    parser.add_argument("--gateway", type=_name, required=required, help="its gateway")


def _add_span(parser: argparse.ArgumentParser) -> None:
    for option, name, text in (
        ("--from", "start", "first instant, such as 2026-11-21 or 2026-11-21T06:00"),
        ("--to", "end", "instant behind the last; local time where no zone is given"),
    ):
        parser.add_argument(
            option, dest=name, type=_instant, required=True, metavar="TIME", help=text
        )


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        msg = f"{text!r} is not of the form {NAME.pattern}"
        raise argparse.ArgumentTypeError(msg)
    return text


def _instant(text: str) -> int:
    try:
        return commands.instant_ns(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


if __name__ == "__main__":
    sys.exit(main())
