"""What can be done to the network and the province, one function an action.

See ``actions`` for what these are.
"""

from telemetry import messages, topics
from telemetry.messages import Ack
from tests.faults.machine.broker import Weather
from tests.faults.machine.station import G1, SENSORS
from tests.faults.machine.world import World

# --- the network -----------------------------------------------------------


def weather(world: World, drop: int, double: int, late_s: int) -> bool:
    """Messages are dropped [%], doubled [%], late [s]."""
    world.broker.weather = Weather(drop / 100, double / 100, late_s * 1000)
    return True


def cut(world: World, which: int) -> bool:
    """A gateway's connection ends."""
    world.broker.cut(world.station(which).wire.client_id)
    return True


def cut_ingest(world: World) -> bool:
    """Ingest's connection ends."""
    world.broker.cut("ingest")
    return True


def broker_down(world: World, forgets: int) -> bool:
    """The broker stops."""
    world.broker.stop(forgets=bool(forgets))
    return True


def broker_up(world: World) -> bool:
    """It starts."""
    world.broker.is_up = True
    return True


def old_message(world: World, back: int) -> bool:
    """A message of the past arrives again."""
    if not world.broker.crossed:
        return False
    at = len(world.broker.crossed) - 1 - back % len(world.broker.crossed)
    world.broker.deliver(*world.broker.crossed[at])
    return True


def forged_ack(world: World, kind: int) -> bool:
    """Somebody acknowledges what the province never said."""
    mine = [s.uplink._dispatch.flow for s in world.stations]
    epoch = mine[0].epoch if kind % 2 else "00000000"
    digests = [each.batch.digest for f in mine for each in f.open.values()]
    stored = digests if not kind % 2 else [f"{world.dice.getrandbits(64):016x}"]
    ack = Ack(epoch=epoch, stored=stored, alerts=["no-such-event"])
    world.broker.deliver(G1.topic(topics.DOWN_ACK), messages.encode(ack))
    return True


# --- the province ----------------------------------------------------------


def centre_crash(world: World) -> bool:
    """Ingest dies and is started again."""
    world.centre.restart()
    return True


def store_down(world: World) -> bool:
    """The database is away."""
    world.centre.store.is_down = True
    return True


def store_up(world: World) -> bool:
    """It is back, and takes everything."""
    world.centre.store.is_down, world.centre.store.refuses = False, None
    return True


def store_refuses(world: World, sensor: int) -> bool:
    """The database will not take a sensor's lines."""
    world.centre.store.refuses = sorted(SENSORS)[sensor % len(SENSORS)]
    return True


def save_ledger(world: World) -> bool:
    """The ledger is backed up."""
    world.centre.save("ledger.db")
    return True


def restore_ledger(world: World) -> bool:
    """The ledger is as it was then."""
    return world.centre.restore("ledger.db")


def save_store(world: World) -> bool:
    """The database is backed up."""
    world.centre.save("readings.db")
    return True


def restore_store(world: World) -> bool:
    """The database is as it was then, and the ledger is told to refill it."""
    if not world.centre.restore("readings.db"):
        return False
    world.was_restored = True
    world.centre.refill()
    return True


def skew(world: World, seconds: int) -> bool:
    """The province's clock is set."""
    world.was_skewed = True
    world.centre_clock.skew_ms = seconds * 1000
    return True
