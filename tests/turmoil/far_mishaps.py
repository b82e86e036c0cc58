"""What can be done to the broker and the province from outside; see ``mishaps``."""

import contextlib
import shutil
import time
from random import Random

from telemetry import messages, topics
from telemetry.messages import Ack
from telemetry.mqtt import Broker, Link, LinkDown
from tests import parts, programs
from tests.turmoil.site import (
    AWAY_S,
    COOP,
    FREE_FOR_ALL,
    Gateway,
    Site,
    go_on,
    one_of,
    pause,
)


def f25_broker_stopped(site: Site, dice: Random) -> str:
    """SIGTERM to the broker, and a start."""
    site.broker.stop()
    time.sleep(dice.uniform(0, 5))
    site.broker.start()
    return ""


def f26_broker_killed(site: Site, dice: Random) -> str:
    """kill -9 to the broker, which comes back empty."""
    site.broker.kill()
    time.sleep(dice.uniform(0, 5))
    site.broker.start()
    return ""


def f27_ingest_away(site: Site, dice: Random) -> str:
    """Ingest is killed and comes back later."""
    site.ingest.kill()
    time.sleep(dice.uniform(*AWAY_S))
    site.ingest.start()
    return ""


def f27_ingest_stopped(site: Site, _: Random) -> str:
    """SIGTERM to ingest."""
    if code := site.ingest.stop():
        msg = f"ingest stopped with {code}"
        raise AssertionError(msg)
    site.ingest.start()
    return ""


def f28_database_killed(site: Site, dice: Random) -> str:
    """kill -9 to the database."""
    site.influx.kill()
    time.sleep(dice.uniform(*AWAY_S))
    site.influx.start()
    return ""


def f28_database_stalls(site: Site, dice: Random) -> str:
    """The database answers nothing for longer than ingest waits."""
    pause(site.influx)
    time.sleep(dice.uniform(*AWAY_S))
    go_on(site.influx)
    return ""


def f30_rights_wrong(site: Site, dice: Random) -> str:
    """The broker's rules let no gateway write, by mistake."""
    site.set_rights("topic read #\n")
    time.sleep(dice.uniform(*AWAY_S))
    site.set_rights(FREE_FOR_ALL)
    return ""


def f37_forged_acks(site: Site, dice: Random) -> str:
    """Somebody acknowledges what was never stored."""
    one = one_of(site, dice)
    digests = [f"{dice.getrandbits(64):016x}" for _ in range(20)]
    epoch = programs.status(one.folder).get("epoch", "00000000")
    ack = messages.encode(Ack(epoch=epoch, stored=digests, alerts=["none"]))
    link = Link(
        Broker(host="127.0.0.1", port=site.broker.port),
        client_id="forger",
        subscribe="nothing",
    )
    with contextlib.suppress(LinkDown):
        link.connect()
        for _ in range(5):
            link.publish(one.identity.topic(topics.DOWN_ACK), ack)
            link.step(0.1)
    link.close()
    return one.name


def f40_old_ledger(site: Site, _: Random) -> str:
    """The ledger is backed up; later it is as it was then."""
    site.ingest.stop()
    ledger = site.folder / "ledger.db"
    if site.saved_ledger is None:
        site.saved_ledger = shutil.copyfile(ledger, site.folder / "ledger.saved")
        told = "saved"
    else:
        for suffix in ("-wal", "-shm"):
            ledger.with_name(ledger.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(site.saved_ledger, ledger)
        site.saved_ledger, told = None, "put back"
    site.ingest.start()
    return told


def f40_old_database(site: Site, _: Random) -> str:
    """The database is backed up; later it is as it was then, and refilled."""
    site.ingest.stop()
    site.influx.stop()
    saved = site.folder / "influx.saved"
    if site.saved_store is None:
        site.saved_store = shutil.copytree(site.store, saved)
        told = "saved"
    else:
        shutil.rmtree(site.store)
        shutil.move(saved, site.store)
        site.saved_store, told = None, "put back"
    site.influx.start()
    if told != "saved":
        for one in site.gateways:
            refill(site, one)
    site.ingest.start()
    return told


def refill(site: Site, one: Gateway) -> None:
    """``canhdong-province refill`` of everything."""
    command = programs.Program(
        "province.main", "refill", "-c", site.folder / "province.toml",
        "--coop", COOP, "--gateway", one.name,
        "--from", "2001-01-01", "--to", "2200-01-01",
        log=site.folder / "refill.log",
    ).start()  # fmt: skip
    parts.wait_until(lambda: command.exit_code is not None, 60)
    if command.exit_code:
        msg = f"refill ended with {command.exit_code}: {command.text[-500:]}"
        raise AssertionError(msg)
