"""A past that was found somewhere: what back-tests take, wherever it is from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway import wiring
from gateway.config import Config
from rules.history import Hour, Place
from rules.recorded import Recorded, Taken

SURE_FULL_SCALE_CM = 100.0  # cm; the widest tube probe that AWD's rules believe
SURE_RH = (0.0, 100.0)  # %; a humidity sensor that may be believed over the whole span


@dataclass(slots=True)
class Found:
    """Samples by place, hours whose samples are gone, and what is to be told."""

    samples: Mapping[Place, Sequence[Taken]]
    hours: Mapping[Place, Sequence[Hour]] = field(default_factory=dict)
    full_scale: Mapping[Place, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def recorded(found: Found, *, is_strict: bool) -> tuple[Recorded, list[str]]:
    """The past for the rules, and what is taken for granted of its sensors.

    A file does not say how a tube was kept nor what a maker vouches for.  A back-test
    asks what a rule would say with sensors that are as they should be; with
    ``is_strict`` nothing is assumed, and rules that need to know rest.
    """
    if is_strict:
        made = Recorded(found.samples, hours=found.hours, full_scale=found.full_scale)
        return made, []
    renamed = {place: _sure(place) for place in found.samples}
    scales = {renamed[p]: value for p, value in found.full_scale.items()}
    notes = []
    for place in renamed.values():
        if place.quantity == "water_level" and place.role is None:
            notes.append(f"{place.sensor}: its datum is taken as kept, of each day")
            if place not in scales:
                scales[place] = SURE_FULL_SCALE_CM
                notes.append(f"{place.sensor}: full scale taken as 100 cm")
    notes += (
        f"{place.sensor}: taken as vouched for from 0 to 100 % of humidity"
        for place, sure in renamed.items()
        if sure != place
    )
    made = Recorded(
        {renamed[place]: some for place, some in found.samples.items()},
        hours={renamed[place]: some for place, some in found.hours.items()},
        full_scale=scales,
        is_kept=True,
    )
    return made, notes


def _sure(place: Place) -> Place:
    if place.quantity == "relative_humidity" and place.rated is None:
        return replace(place, rated=SURE_RH)
    return place


def as_wired(found: Found, config: Config) -> Found:
    """The same with all that a config knows of its sensors."""
    known = {_name(place): place for place in wiring.places(config)}
    scales = wiring.full_scales(config)
    places = {place: known.get(_name(place), place) for place in found.samples}
    return Found(
        samples={places[place]: some for place, some in found.samples.items()},
        hours={places[place]: some for place, some in found.hours.items()},
        full_scale={
            place: scales[place.sensor, place.quantity]
            for place in places.values()
            if (place.sensor, place.quantity) in scales
        },
        notes=found.notes,
    )


def _name(place: Place) -> tuple[object, ...]:
    where = place.sensor, place.quantity, place.plot, place.z
    return (*where, place.pest, place.stage)
