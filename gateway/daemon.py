"""``canhdong run``: wires the workers, watches them, and stops them in order."""

import argparse
import contextlib
import faulthandler
import functools
import logging
import os
import queue
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from drivers.poller import Poller
from gateway import answers, check, checkup, snapshot, status, wiring
from gateway.bus_work import BusWork
from gateway.config import Config
from gateway.history import Past
from gateway.inbox import Answered, Damaged
from gateway.lock import locked
from gateway.meter import Meter
from gateway.notify import notify
from gateway.observations import Observations
from gateway.prove.record import Standing
from gateway.recorder import Recorder
from gateway.records import BufferFault
from gateway.reload import Reload
from gateway.signals import Signals
from gateway.time_sources import TimeSources
from gateway.uplink import Uplink
from gateway.watch import Watch
from gateway.worker import Worker
from telemetry import messages, topics
from telemetry.clock import (
    Clock,
    ScaledClock,
    SteppedClock,
    SystemClock,
)
from telemetry.mqtt import Broker, Link
from telemetry.settings import ConfigError, secret
from telemetry.topics import Identity

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0  # how often main looks at heartbeats and writes the status
STOP_S: Final = 10.0  # whole budget of a stop
EXIT_LOCKED: Final = 75  # EX_TEMPFAIL of sysexits.h
VERSION: Final = version("canhdong")  # asked once: it reads and parses a file
PASSWORD_CREDENTIAL: Final = "mqtt.password"  # noqa: S105 - a file's name


class Daemon:
    """Everything that runs, from one config."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        identity = Identity(config.coop, config.gateway)
        channels = wiring.channels(config)
        self._scales: dict[tuple[str, str], float | None] = {}
        self._scales |= wiring.full_scales(config)
        self._time = TimeSources(config, clock)
        past = Past(
            wiring.places(config),
            {key: channel.head for key, channel in channels.items()},
            clock,
            full_scale=self._scales,
            board=self._time.board,
        )
        self.rules = Reload(config)
        self.watch = Watch(
            config, self.rules.on, past, clock.boot, self.rules.all_known
        )
        self.recorder = Recorder(
            config.buffer_path,
            identity,
            channels,
            clock,
            self.watch,
            commit_s=config.commit_s,
            keep_days=config.storage.keep_days,
            max_bytes=config.storage.max_mib * 2**20,
        )
        self.buses = []
        for name in config.buses:
            devices = wiring.devices_on(config, name)
            stepped = isinstance(clock, SteppedClock)
            bus = wiring.bus(config, name, devices, is_stepped=stepped)
            poller = Poller(bus, devices, clock)
            self.buses.append(BusWork(name, poller, self.recorder))
        shortest_s = min(device.every_s for device in config.devices.values())
        self.uplink = Uplink(
            _link(config, identity),
            identity,
            self.recorder,
            config.buffer_path,
            clock,
            send_every_s=config.uplink.send_every_s,
            resend_after_s=config.uplink.resend_after_s,
            back_ms=round(shortest_s * 1000 / 2),
            plain=config.uplink.plain,
            meta=messages.encode(wiring.meta(config)),
            state=lambda: messages.encode({"v": 1} | self.snapshot()),
            ntp_offset_ms=self._time.ntp_offset_ms,
            versions={"canhdong": VERSION},
            meter=Meter(config.data_dir, config.uplink.budget, clock),
            board=self._time.board,
        )
        self._proof = Standing(config.data_dir)
        self._standing: dict[str, dict[str, str]] | None = None  # as it was written
        self._answering: set[Path] = set()  # files that the recorder has in hand
        self._counts = Observations(config, clock, self.recorder.inbox, past)
        self._uplink = Worker(self.uplink)
        self._recorder = Worker(self.recorder)
        self._buses = [Worker(bus) for bus in self.buses]
        self._workers = [self._recorder, self._uplink, *self._buses]

    def start(self) -> None:
        """Start every worker."""
        self._time.start(self.recorder)
        for worker in self._workers:
            worker.start()
        checkup.in_background(
            self._config.buffer_path,
            lambda why, epoch: self.recorder.inbox.put(Damaged(why, epoch)),
            self._recorder.stop,
        )

    def ailing(self) -> str | None:
        """Which worker hangs or has given up, if one has."""
        for worker in self._workers:
            if worker.failed:
                return f"{worker.work.name} failed too often"
            if worker.hangs:
                return f"{worker.work.name} hangs"
        return None

    def stop(self) -> bool:
        """Stop in order within ``STOP_S``; whether all of it ended by itself."""
        until = self._clock.machine_s() + STOP_S
        self._time.stop()
        for worker in self._buses:
            worker.stop.set()
        ended = [worker.join(3.0) for worker in self._buses]
        self.recorder.flush(2.0)
        self._uplink.stop.set()
        ended.append(self._uplink.join(until - self._clock.machine_s() - 1.0))
        self._recorder.stop.set()
        ended.append(self._recorder.join(until - self._clock.machine_s()))
        return all(ended)

    def snapshot(self) -> dict[str, Any]:
        """What ``status.json`` and ``up/state`` say."""
        now_ms = self._clock.field_ms()
        return {
            "coop": self._config.coop,
            "gateway": self._config.gateway,
            "version": VERSION,
            "field_ms": now_ms,
            **snapshot.of_uplink(self.uplink, now_ms),
            **snapshot.of_recorder(self.recorder, now_ms),
            "clock": self._time.report(self.watch.past.utc_ms(now_ms)),
            "devices": snapshot.of_devices(bus.poller for bus in self.buses),
            "storage_proof": self._proof.now(),
            "observations": self._counts.report(),
            "rules_faults": self.rules.faults,
            "rules_kept": self.rules.kept,
            "rules_switches": status.switches(self._config),
        }

    def tend(self) -> None:
        """Once a second: what passes between workers at leisure."""
        told = {s: v for bus in self.buses for s, v in bus.poller.full_scales().items()}
        for place in self.watch.past.places:
            if place.sensor in told:
                self._scales[place.sensor, place.quantity] = told[place.sensor]
        if (rules := self.rules.look(self._clock.machine_s())) is not None:
            self.watch.replace_rules(rules, self.rules.all_known)
        standing = self.watch.standing()
        if standing != self._standing:
            where = status.path_for(self._config, status.RULES_FILE)
            status.write(where, {"rules": standing})
            self._standing = standing
        self._time.tend()
        waiting = answers.collect(self._config)
        self._answering &= {path for path, _ in waiting}
        for path, answer in waiting:
            if path in self._answering:
                continue
            done = functools.partial(answers.remove, path)
            with contextlib.suppress(queue.Full):  # then at the next look
                self.recorder.inbox.put_nowait(
                    Answered(answer.code, answer.verdict, done)
                )
                self._answering.add(path)
        self._counts.tend()


def run(args: argparse.Namespace) -> int:
    """``canhdong run``: until SIGTERM, or until a worker is past help."""
    config = check.load(args.config, speed=args.speed)
    clock = _clock(args)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    with locked(config.data_dir) as is_ours:
        if not is_ours:
            log.error("another canhdong already runs on %s", config.data_dir)
            return EXIT_LOCKED
        return _run(config, clock)


def _run(config: Config, clock: Clock) -> int:
    signals = Signals()
    signals.catch()
    stop = signals.stop
    where = status.path_for(config)
    for name in (status.FILE, status.RULES_FILE):  # an earlier run's are no longer so
        status.path_for(config, name).unlink(missing_ok=True)
    daemon = _when_reachable(config, clock, stop)
    if daemon is None:
        return 0
    daemon.start()
    log.info("%s/%s runs; data in %s", config.coop, config.gateway, config.data_dir)
    notify("READY=1")
    ailing = None
    while not stop.wait(LOOK_S):
        ailing = daemon.ailing()
        if ailing is not None:
            break
        notify("WATCHDOG=1")
        if signals.wants_reload():
            daemon.rules.want()
        try:
            daemon.tend()
            status.write(where, daemon.snapshot())
        except OSError as fault:
            log.debug("%s", fault)
    notify("STOPPING=1")
    if ailing is not None:
        log.critical("%s; all stacks follow, the service manager starts anew", ailing)
        faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
        daemon.stop()
        sys.stderr.flush()
        os._exit(1)  # a hung thread cannot be ended in any other way
    ended = daemon.stop()
    log.info("stopped" if ended else "stopped, but a worker did not end by itself")
    return 0


def _when_reachable(
    config: Config, clock: Clock, stop: threading.Event
) -> Daemon | None:
    """Make the daemon; while the card cannot be written, wait and say so."""
    while not stop.is_set():
        try:
            return Daemon(config, clock)
        except BufferFault as fault:
            log.error("%s; trying again in 10 s", fault)
            notify("WATCHDOG=1")
            stop.wait(10.0)
    return None


def _clock(args: argparse.Namespace) -> Clock:
    if args.field_clock is not None:
        until = time.monotonic() + 10.0
        while not args.field_clock.exists():
            if time.monotonic() > until:
                msg = f"--field-clock: {args.field_clock} does not appear"
                raise ConfigError([f"{msg}; start canhdong sim --replay first"])
            time.sleep(0.05)
        return SteppedClock(args.field_clock)
    if args.field_origin is not None and args.speed == 1:
        raise ConfigError(["--field-origin: belongs to --speed; give both"])
    return (
        ScaledClock(args.speed, args.field_origin) if args.speed > 1 else SystemClock()
    )


def _link(config: Config, identity: Identity) -> Link:
    uplink = config.uplink
    tls = None
    if uplink.tls or uplink.ca_file or uplink.certificate_file:
        tls = uplink.files
    return Link(
        Broker(
            host=uplink.host,
            port=uplink.port,
            protocol=uplink.protocol,
            username=uplink.username,
            password=_password(config),
            tls=tls,
        ),
        client_id=f"canhdong-{identity.coop}-{identity.gateway}",
        subscribe=identity.all_down,
        will=(identity.topic(topics.UP_LINK), b"0"),
    )


def _password(config: Config) -> str | None:
    """Read the password from its file or from systemd's credential."""
    path = config.uplink.password_file
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if path is None and folder is not None:
        credential = Path(folder) / PASSWORD_CREDENTIAL
        path = credential if credential.exists() else None
    return None if path is None else secret(path)
