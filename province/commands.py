"""What a person asks of a province once: check, refill, requeue, summary.

Each returns the program's exit code and prints its answer.
"""

import contextlib
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from province import communes
from province.completeness import report
from province.config import Config, broker_of, secret, token
from province.config_mail import context_of, password_of
from province.ledger import Ledger
from province.records import Quarantined
from province.stores import open_store
from province.stores.base import Store
from province.summary import Mixed, Question, Summary
from rules.text import HERE
from telemetry import wire
from telemetry.quantity import QUANTITIES, Kind
from telemetry.ranges import Range, intersect, total, union
from telemetry.settings import ConfigError
from telemetry.topics import Identity

MAX_NS: Final = 2**63 - 2  # InfluxDB's last instant, in April 2262
REQUEUE_LINES: Final = 5_000  # lines of one write


def check(config: Config, path: Path) -> int:
    """Read the files that it names too; the config itself has passed already."""
    faults: list[str] = []
    for read in (
        lambda: broker_of(config),
        lambda: secret(config.store.password_file),
        lambda: config.store.token_file and token(config.store.token_file),
        lambda: communes.in_force(config.province),
        lambda: config.mail and password_of(config.mail),
        lambda: config.mail and context_of(config.mail),
    ):
        try:
            read()
        except ConfigError as fault:
            faults += fault.faults
    if faults:
        raise ConfigError(faults)
    print(f"{path}: good")
    return 0


def refill(config: Config, identity: Identity, start_ns: int, end_ns: int) -> int:
    """Make the ledger forget a stretch of time, so that it is sent again."""
    epochs: dict[str, list[Range]] = defaultdict(list)
    with contextlib.closing(opened(config)) as ledger:
        for epoch, span in ledger.take_out(identity, start_ns, end_ns):
            epochs[epoch].append(span)
        rejected = sum(
            total(intersect(spans, ledger.rejected(identity, epoch)))
            for epoch, spans in epochs.items()
        )
    if not epochs:
        print(f"{identity}: no batch touches that time; nothing changed")
        return 0
    for epoch, spans in sorted(epochs.items()):
        ranges = report.spans(union(spans))
        print(f"{identity}: epoch {epoch}: {len(spans)} batches taken out: {ranges}")
    numbers = sum(total(union(spans)) for spans in epochs.values())
    when = "after the gateway's next hello, within the hour"
    print(f"{identity}: {numbers} numbers come again {when}")
    if rejected:
        remedy = "only after `canhdong requeue` on the gateway, where it still has them"
        print(f"{identity}: {rejected} of them were rejected; these come {remedy}")
    return 0


def requeue(config: Config, identity: Identity | None, *, is_dry: bool) -> int:
    """Try the quarantined lines again with the code and the store of today."""
    ledger = opened(config)
    with (
        contextlib.closing(ledger),
        contextlib.closing(open_store(config.store)) as store,
    ):
        return _requeue(ledger, store, identity, is_dry=is_dry)


def opened(config: Config) -> Ledger:
    """Open the ledger that ingest has made."""
    path = Path(config.ledger)
    if not path.exists():
        raise ConfigError([f"{path}: is not there; is the ledger another file?"])
    return Ledger(path)


def _requeue(
    ledger: Ledger, store: Store, identity: Identity | None, *, is_dry: bool
) -> int:
    good: list[tuple[int, Quarantined]] = []
    left: list[tuple[Quarantined, str]] = []
    bodies = 0
    for number, one in ledger.quarantine(identity):
        if one.kind == "body":
            bodies += 1
            continue
        faults = wire.faults(one.payload, one.identity)
        if faults:
            left.append((one, faults[0][1]))
        else:
            good.append((number, one))
    stored = 0
    for at in range(0, len(good), REQUEUE_LINES):
        some = good[at : at + REQUEUE_LINES]
        lines = b"".join(one.payload for _, one in some)
        rejected = {} if is_dry else {bad.line: bad.why for bad in store.write(lines)}
        left += [(some[line][1], why) for line, why in rejected.items()]
        kept = [one for k, one in enumerate(some) if k not in rejected]
        stored += len(kept)
        if not is_dry:
            ledger.release(kept)
    for one, why in left:
        print(f"{one.identity}: {why}: {one.payload.decode('ascii', 'replace')!r}")
    print(f"{stored} lines {'would be' if is_dry else 'are'} stored, {len(left)} stay")
    if bodies:
        print(f"{bodies} refused bodies stay; their rows came again one by one")
    return 0


def summary(config: Config, question: Question) -> int:
    """Print the store's answer to ``question``."""
    store = open_store(config.store)
    try:
        answer = store.summary(question)
    except Mixed as fault:
        raise ConfigError([str(fault)]) from None
    finally:
        store.close()
    place = f"{question.quantity}, {question.coop} {question.plot}, z = {question.z} cm"
    span = f"{_local(question.start_ns)} to {_local(question.end_ns)}"
    print(f"{place}, {span}")
    for line in _told(question, answer):
        print(f"  {line}")
    return 0


def _told(question: Question, answer: Summary | None) -> list[str]:
    if answer is None:
        return ["nothing is stored"]
    quantity = QUANTITIES[question.quantity]
    name = {
        Kind.LEVEL: "mean",
        Kind.AMOUNT: "sum",
        Kind.COUNTER: "last - first",
        Kind.DIRECTION: "vector mean",
        Kind.STATE: "last",
    }[quantity.kind]
    lines = []
    if answer.value is not None:
        line = f"{name} {answer.value:.6g} {quantity.unit}"
        if answer.low is not None and answer.high is not None:
            line += f", min {answer.low:g}, max {answer.high:g}"
        lines.append(line)
    lines.append(
        f"{answer.count} values, {answer.missing} missing, {answer.doubtful} doubtful"
    )
    if answer.first_ns is not None and answer.last_ns is not None:
        lines.append(f"from {_local(answer.first_ns)} to {_local(answer.last_ns)}")
    return lines


def instant_ns(text: str) -> int:
    """Nanoseconds since 1970 of an ISO date or time; local time where no zone is.

    Raises
    ------
    ValueError
        It is no such text, or beyond what 64 bits hold.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=HERE)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    stamp_ns = since // timedelta(microseconds=1) * 1000
    if abs(stamp_ns) > MAX_NS:
        msg = f"{text!r} is outside the years 1678 to 2261"
        raise ValueError(msg)
    return stamp_ns


def _local(stamp_ns: int) -> str:
    moment = datetime.fromtimestamp(stamp_ns // 1_000_000_000, tz=HERE)
    return moment.isoformat(sep=" ", timespec="seconds")
