"""``canhdong sim --replay``: recorded measurements in step with the gateway."""

import argparse
import logging
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

from drivers.poller import Device
from drivers.sim.lockstep import Lockstep
from drivers.sim.rows import Reader, utc_ms
from gateway import config_sim
from gateway.config import Config
from gateway.sim_progress import Progress
from gateway.sim_serving import Simulated, serve, write_json, write_stats
from telemetry.clock import SteppedClock
from telemetry.settings import ConfigError

log = logging.getLogger(__name__)

LOOK_S: Final = 0.5  # between two looks at the state of things
STALL_S: Final = 30.0  # without a question, a row is given up
STALLS_MAX: Final = 3  # rows given up one after the other: nobody is there
HOLD_S: Final = 3.0  # of the first row, for the hello of gateway and province
LINGER_S: Final = 1.0  # for the last answer to be read before its port goes


def replay(
    args: argparse.Namespace,
    config: Config,
    by_bus: dict[str, list[Device]],
    stop: threading.Event,
    stack: ExitStack,
) -> int:
    """Replay until the recording is over or ``stop`` is set; the exit code.

    Raises
    ------
    ConfigError
        The map or the recording has faults.
    """
    devices = [device for on_bus in by_bus.values() for device in on_bus]
    reader = _reader(args, devices)
    stamps = [row.utc_ms for row in reader.rows()]  # every fault of the files is told
    if not stamps:
        raise ConfigError([f"{args.replay[0]}: no row between --from and --to"])
    passed_over, reader.passed_over = reader.passed_over, 0
    args.field_clock.unlink(missing_ok=True)  # one of before would never move
    step = _lockstep(reader, devices, str(args.config))
    simulated = serve(
        config,
        by_bus,
        lambda device: partial(step.values, device.name),
        step.told,
        is_paced=not args.no_pace,
        stack=stack,
    )
    clock = _clock(args.field_clock, stamps[0])
    stack.callback(clock.close)
    step.report.passed_over = passed_over
    step.start(clock)
    is_whole = _follow(args, step, simulated, Progress(len(stamps)), stop)
    stack.close()
    write_stats(args.stats, simulated)
    if step.fault is not None:
        raise step.fault
    if args.report is not None:
        write_json(args.report, asdict(step.report))
    return 0 if is_whole else 1


def _reader(args: argparse.Namespace, devices: Sequence[Device]) -> Reader:
    faults = [
        f"--replay needs --{key.replace('_', '-')} FILE"
        for key in ("map", "field_clock")
        if getattr(args, key) is None
    ]
    faults += [
        f"--replay: --{key.replace('_', '-')} has no place here, the recording sets it"
        for key, usual in (
            *(("values", None), ("speed", 1), ("field_origin", None)),
            *(("story", None), ("unplugged", None)),
        )
        if getattr(args, key) != usual
    ]
    bounds: list[int | None] = []
    for key, text in (("from", args.begin), ("to", args.end)):
        bounds.append(None)
        with suppress(ValueError):
            bounds[-1] = None if text is None else utc_ms(text)
        if text is not None and bounds[-1] is None:
            faults.append(f"--{key}: {text!r} is not a date such as 2016-03-01")
    if faults:
        raise ConfigError(faults)
    layout = config_sim.load_map(args.map, devices)
    fed = {column.spot for column in layout.columns.values()}
    for spot in config_sim.spots(devices):
        if spot not in fed:
            log.warning("%s: no column feeds %s %s: a gap", args.map, *spot)
    return Reader(layout, tuple(args.replay), bounds[0], bounds[1])


def _lockstep(reader: Reader, devices: Sequence[Device], where: str) -> Lockstep:
    try:
        return Lockstep(reader.rows(), devices, hold=True)
    except ValueError as fault:
        raise ConfigError([f"{where}: {fault}"]) from None


def _clock(path: Path, utc_ms: int) -> SteppedClock:
    try:
        return SteppedClock.create(path, utc_ms)
    except OSError as fault:
        msg = f"--field-clock: {path}: cannot be written: {fault.strerror}"
        raise ConfigError([msg]) from None


def _follow(
    args: argparse.Namespace,
    step: Lockstep,
    simulated: Sequence[Simulated],
    progress: Progress,
    stop: threading.Event,
) -> bool:
    """Show and watch a replay; whether it came to its end or was told to stop."""
    while not stop.is_set() and not step.first_is_asked.wait(LOOK_S):
        write_stats(args.stats, simulated)
    stop.wait(HOLD_S)
    step.release()
    seen, still_s, stalls = -1, 0.0, 0
    while not stop.is_set() and not step.over.wait(LOOK_S):
        write_stats(args.stats, simulated)
        report = step.report
        progress.show(report.rows, step.utc_ms)
        if report.rows != seen:
            seen, still_s, stalls = report.rows, 0.0, 0
            continue
        still_s += LOOK_S
        if still_s < STALL_S:
            continue
        waiting = ", ".join(step.waits_for())
        stalls += 1
        if stalls == STALLS_MAX:
            log.error("row %d: nobody asks %s; is the gateway there?", seen, waiting)
            return False
        log.warning("row %d: nobody has asked %s; going on", seen, waiting)
        step.give_up()
        seen, still_s = step.report.rows, 0.0
    progress.show(step.report.rows, step.utc_ms, is_last=True)
    stop.wait(LINGER_S)
    return True
