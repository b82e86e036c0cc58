"""The program ``canhdong``: the gateway's command line."""

import argparse
import logging
import os
import sys
from importlib.metadata import version
from pathlib import Path

from gateway.records import BufferFault, BufferRefused
from telemetry.clock import origin
from telemetry.settings import ConfigError

EXIT_MISTAKE = 2  # the user's; the message says what to do


def main(argv: list[str] | None = None) -> int:
    """Run one sub-command and return its exit code."""
    args = parser().parse_args(argv)
    logging.basicConfig(
        level=logging.DEBUG if args.verbose else logging.INFO,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        return int(args.run(args))
    except (ConfigError, BufferRefused, BufferFault) as fault:
        print(fault, file=sys.stderr)
        return EXIT_MISTAKE
    except BrokenPipeError:  # the reader of our output has gone: head, less
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as fault:  # a folder that may not be written, a full disk
        print(f"{args.command}: {fault}", file=sys.stderr)
        return EXIT_MISTAKE
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """The command line, for ``main`` and for the tests of the documents."""
    top = argparse.ArgumentParser(
        prog="canhdong", description="Agricultural edge gateway."
    )
    top.add_argument("--version", action="version", version=version("canhdong"))
    top.add_argument("--verbose", action="store_true", help="log in detail")
    commands = top.add_subparsers(required=True, metavar="COMMAND", dest="command")

    run = _command(commands, "run", "poll the buses, store and send, until stopped")
    run.set_defaults(run=_run)
    field_time(run)

    check = _command(commands, "check", "tell every fault of a config")
    check.set_defaults(run=_check)
    check.add_argument("--speed", type=_speed, default=1, help=SPEED_HELP)

    status = _command(commands, "status", "show what the running gateway does")
    status.set_defaults(run=_status)
    status.add_argument("--json", action="store_true", help="for programs")

    alerts = _command(commands, "alerts", "list the alerts of this gateway")
    alerts.set_defaults(run=_alerts)
    alerts.add_argument("--json", action="store_true", help="for programs")

    verdict = _command(commands, "verdict", "say whether an alert was true")
    verdict.set_defaults(run=_verdict)
    verdict.add_argument("code", metavar="CODE", help="the alert's three characters")
    verdict.add_argument("verdict", metavar="VERDICT", help="đúng, sai or chưa-xem")

    observe = _command(commands, "observe", "leave a count that a person has made")
    observe.set_defaults(run=_observe)
    _observe_arguments(observe)

    clock = _command(commands, "clock", "show what each source of time says")
    clock.set_defaults(run=_clock)
    clock.add_argument(
        "time", metavar="TIME", nargs="?", help='what a watch shows: "2026-11-22 10:05"'
    )

    rules = commands.add_parser(
        "rules", help="read, test, back-test and explain rules", description="Rules."
    )
    _rules_arguments(rules)

    requeue = _command(
        commands,
        "requeue",
        "send again what the province had refused (stopped gateway)",
    )
    requeue.set_defaults(run=_requeue)

    prove = _command(
        commands, "prove-storage", "write, have the plug pulled, count what is there"
    )
    prove.set_defaults(run=_prove_storage)
    _prove_arguments(prove)

    sim = _command(commands, "sim", "serve a config's devices on pseudo-terminals")
    sim.set_defaults(run=_sim)
    _sim_arguments(sim)

    demo = commands.add_parser(
        "demo", help="show the whole chain on this computer", description="The demo."
    )
    demo.set_defaults(run=_demo)
    _demo_arguments(demo)
    return top


SPEED_HELP = "field time runs so many times as fast (simulation only)"


def field_time(command: argparse.ArgumentParser) -> None:
    """Add the options that simulate field time."""
    command.add_argument(
        "--speed", type=_speed, default=1, metavar="N", help=SPEED_HELP
    )
    command.add_argument(
        "--field-clock",
        type=Path,
        metavar="FILE",
        help="field time is what a replay writes into FILE",
    )
    command.add_argument(
        "--field-origin",
        type=origin,
        metavar="FIELD_MS=UTC_MS",
        help="with --speed: what this machine's own clock believes, right or wrong",
    )


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    about: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=about, description=about)
    command.add_argument(
        "-c", "--config", type=Path, required=True, metavar="FILE", help="gateway.toml"
    )
    return command


def _speed(text: str) -> int:
    try:
        speed = int(text)
    except ValueError:
        speed = 0
    if speed < 1:
        msg = f"{text!r} is not a whole number from 1 on"
        raise argparse.ArgumentTypeError(msg)
    return speed


# Each command imports what it needs when it is called, so that the daemon does
# not carry the demo and ``--help`` answers at once.


def _run(args: argparse.Namespace) -> int:
    from gateway import daemon

    return daemon.run(args)


def _check(args: argparse.Namespace) -> int:
    from gateway import check, check_plots

    config = check.load(args.config, speed=args.speed, with_rules=True)
    print(
        f"{args.config}: good: {len(config.buses)} buses,"
        f" {len(config.devices)} devices, {len(config.sensors)} sensors"
        f" on {len(config.plots)} plots"
    )
    for note in check_plots.notes(config):
        print(f"  {note}")
    return 0


def _status(args: argparse.Namespace) -> int:
    from gateway import status

    return status.run(args)


def _alerts(args: argparse.Namespace) -> int:
    from gateway import alert_commands

    return alert_commands.alerts(args)


def _verdict(args: argparse.Namespace) -> int:
    from gateway import alert_commands

    return alert_commands.verdict(args)


def _observe(args: argparse.Namespace) -> int:
    from gateway import observe

    return observe.run(args)


def _observe_arguments(command: argparse.ArgumentParser) -> None:
    from gateway import observe_arguments

    observe_arguments.add_arguments(command)


def _clock(args: argparse.Namespace) -> int:
    from gateway import clock_command

    return clock_command.run(args)


def _rules_arguments(command: argparse.ArgumentParser) -> None:
    from gateway import rules_arguments

    rules_arguments.add_arguments(command)


def _requeue(args: argparse.Namespace) -> int:
    from gateway import requeue

    return requeue.run(args)


def _prove_storage(args: argparse.Namespace) -> int:
    from gateway.prove import command

    return command.run(args)


def _prove_arguments(command: argparse.ArgumentParser) -> None:
    from gateway.prove import arguments

    arguments.add_arguments(command)


def _sim(args: argparse.Namespace) -> int:
    from gateway import sim_command

    return sim_command.run(args)


def _sim_arguments(command: argparse.ArgumentParser) -> None:
    from gateway import sim_command

    sim_command.add_arguments(command)


def _demo(args: argparse.Namespace) -> int:
    from gateway.demo import main as demo

    return demo.run(args)


def _demo_arguments(command: argparse.ArgumentParser) -> None:
    from gateway.demo import main as demo

    demo.add_arguments(command)


if __name__ == "__main__":
    sys.exit(main())
