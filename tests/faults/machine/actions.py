"""What can be done to gateways and their cards, one function an action.

Each takes small whole numbers, so that a run is a list that can be written down, cut
shorter and run again.  It says whether it found something to act on.
"""

from typing import Final

from gateway.recovery import SIDE_FILES
from gateway.schema import PAGE_BYTES, WAL_LIMIT_BYTES
from tests.faults.machine.station import EVERY_S
from tests.faults.machine.world import World

Action = tuple[str | int, ...]
"""A name of this module and its numbers."""

STEPS_S: Final = (0.05, 0.5, 2, 5, 10, 30, 120, 900)  # how far time is turned at once
SOURCES: Final = {
    "rtc": (900, 2_000),
    "modem": (-40, 1_000),
    "gps": (3, 100),
    "person": (-50_000, 60_000),
}
"""How wrong each source is, and what it says of that. [ms]"""
WRONG_MS: Final = 25_200_000  # a source that keeps local time
NTP_ERRORS_MS: Final = (None, 30, 3_000, 400_000)
ROOM_PAGES: Final = 110  # an empty buffer takes 27, the newest hour some 50


# --- the field and the machine ---------------------------------------------


def go(world: World, step: int, times: int) -> bool:
    """Time goes by."""
    for _ in range(times):
        world.tick(int(STEPS_S[step % len(STEPS_S)] * 1000))
    return True


def outage(world: World, which: int, cycles: int) -> bool:
    """Nothing but one gateway's bus and card is awake for so many cycles."""
    station = world.station(which)
    for _ in range(cycles):
        world.now.ms += int(EVERY_S * 1000)
        world.poll(station, gap=world.dice.random() < 0.05)
        station.record()
    return True


def alert(world: World, which: int) -> bool:
    """Something is told to people."""
    world.alerts += 1
    world.station(which).alert(f"event-{world.alerts}")
    return True


def crash(world: World, which: int, off_s: int, wall: int) -> bool:
    """Power is cut, and comes back."""
    station = world.station(which)
    world.stations.remove(station)
    card = station.crash(world.new_folder())
    world.now.ms += off_s * 1000
    world.start(card, wall)
    return True


def restart(world: World, which: int, off_s: int, wall: int) -> bool:
    """A clean stop, and a start in a new boot."""
    station = world.station(which)
    world.stations.remove(station)
    station.stop()
    world.now.ms += off_s * 1000
    world.start(station.card, wall)
    return True


def ntp(world: World, which: int, error: int) -> bool:
    """NTP sets the wall clock, rightly or not, or is lost."""
    clock = world.station(which).clock
    clock.ntp_error_ms = NTP_ERRORS_MS[error % len(NTP_ERRORS_MS)]
    return True


def hear(world: World, which: int, source: int, is_wrong: int) -> bool:
    """A clock, a modem, a receiver or a person says what time it is."""
    name = sorted(SOURCES)[source % len(SOURCES)]
    off_ms, said_ms = SOURCES[name]
    # A source that is wrong once is wrong in the whole run, as nobody mends it.
    wrong = world.wrong.setdefault(name, bool(is_wrong))
    world.station(which).hear(name, off_ms + WRONG_MS * wrong, said_ms)
    return True


# --- the card --------------------------------------------------------------


def save_card(world: World, which: int) -> bool:
    """Somebody copies the card."""
    world.saved = world.station(which).card.copy(world.new_folder())
    return True


def old_card(world: World, which: int, wall: int) -> bool:
    """The copy is put in instead of the card."""
    if world.saved is None:
        return False
    station = world.station(which)
    world.stations.remove(station)
    world.gone.append(station.crash(world.new_folder()))
    world.start(world.saved.copy(world.new_folder()), wall)
    return True


def clone(world: World, wall: int) -> bool:
    """A second gateway runs on the copy under the same name."""
    if world.saved is None or len(world.stations) > 1:
        return False
    world.start(world.saved.copy(world.new_folder()), wall)
    return True


def end_clone(world: World, which: int) -> bool:
    """One of two gateways is switched off for good."""
    if len(world.stations) < 2:
        return False
    station = world.station(which)
    world.stations.remove(station)
    world.gone.append(station.crash(world.new_folder()))
    return True


def damage(world: World, which: int, wall: int) -> bool:
    """The file is spoilt while the power is off."""
    station = world.station(which)
    world.stations.remove(station)
    card = station.crash(world.new_folder())
    world.damaged.append(card.copy(world.new_folder()))
    for suffix in SIDE_FILES[1:]:
        card.path.with_name(card.path.name + suffix).unlink(missing_ok=True)
    card.path.write_bytes(b"no database at all" * 100)
    card.rows.clear()
    card.alerts.clear()
    world.start(card, wall)
    return True


def short_keep(world: World) -> bool:
    """From the next start on, what is held is deleted after a quarter hour."""
    world.keep_days = 0.01
    return True


def little_room(world: World) -> bool:
    """From the next start on, the file may hold some thousand rows."""
    world.max_bytes = WAL_LIMIT_BYTES + ROOM_PAGES * PAGE_BYTES
    return True


def drift(world: World, ppm: int) -> bool:
    """From the next boot on, field time drifts."""
    world.drift_ppm = ppm
    return True
