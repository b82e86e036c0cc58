"""A province with a registry, a ledger and a store, to be asked for evidence."""

import atexit
import contextlib
import functools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from province.intake import Batch, Document, Event, Greeting, judge
from province.ledger import Ledger
from province.main import main
from province.records import Round
from province.stores.base import Store
from telemetry import messages, topics
from telemetry.messages import Alert, Hello
from telemetry.mqtt import Incoming
from telemetry.reading import Flag
from telemetry.series import Series
from telemetry.wire import Point, render_point
from tests.province.gateway import EPOCH, G1, batch_of

MINUTE_NS = 60_000_000_000
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS
BEGIN_NS = 1_795_280_400 * 10**9  # 2026-11-22T00:00+07:00, the day of sowing

CONFIG = """version = 1
ledger = "ledger.db"
registry = "registry.db"
province = "51"
field_time = "simulated"
[broker]
host = "127.0.0.1"
port = 1
[store]
"""
SQLITE = 'kind = "sqlite"\npath = "readings.db"\n'

CSV = {
    "cooperatives": "coop,name,commune\nhtx-moduc,HTX Mộ Đức,21400\n",
    "plots": (
        "coop,plot,name,locality,commune,area_m2,elevation_m\n"
        "htx-moduc,p17,thửa 17,xứ đồng Cây Gạo,21400,720,6\n"
        "htx-moduc,p3,thửa 3,xứ đồng Bãi Cát,21400,500,\n"
    ),
    "seasons": (
        "coop,season,plot,crop,variety,sown,harvested\n"
        "htx-moduc,dx26-p17,p17,rice,OM 5451,2026-11-22,\n"
        "htx-moduc,hanh26-p3,p3,onion,,2026-11-20,2026-11-25\n"
    ),
    "lots": (
        "lot,coop,seasons,harvested,kg\n"
        "MD-26-01,htx-moduc,dx26-p17,2026-12-01,1450\n"
        "MD-26-02,htx-moduc,dx26-p17 hanh26-p3,2026-11-30,\n"
    ),
}


def series(quantity: str, sensor: str, **about: Any) -> Series:
    """A series of g1 on p17."""
    place = {"coop": G1.coop, "gateway": "g1", "plot": "p17", "z": 0}
    return Series(quantity=quantity, sensor=sensor, **(place | about))


LEVEL = series("water_level", "level-1")
SOIL = series("soil_moisture", "soil-1", z=-10)
RAIN = series("rain_total", "rain-1", z=150)


def reading(one: Series, at_ns: int, value: float | None, flag: int = 1) -> str:
    """A line; ``at_ns`` since the begin, a gap where there is no value."""
    point = Point(
        series=one,
        stamp_ns=BEGIN_NS + at_ns,
        value=value,
        flag=Flag.MISSING if value is None else Flag(flag),
    )
    return render_point(point)


def meta(*some: Series, every_s: float = 3600) -> bytes:
    """An ``up/meta`` that tells of these series."""
    return messages.encode(
        {
            "v": 1,
            "devices": {"d1": {"driver": "sim-probe", "every_s": every_s}},
            "sensors": {
                one.sensor: {
                    "device": "d1",
                    "plot": one.plot,
                    "z": one.z,
                    "quantities": {one.quantity: {"unit": "x"}},
                }
                for one in some
            },
            "plots": {},
        }
    )


def alert(step: int, state: str, **changes: Any) -> Event:
    """A step of an episode that begins six hours after sowing."""
    about: dict[str, Any] = {
        "id": f"rice-water-low-p17-{step}",
        "episode": "rice-water-low-p17",
        "code": "7F3",
        "rule": "rice-water-low",
        "severity": "warning",
        "state": state,
        "subject": "p17",
        "audience": "field",
        "plot": "p17",
        "title_vi": "Ruộng cần nước",
        "title_en": "Rice needs water",
        "vi": "Mực nước thửa 17 là −15 cm.",
        "en": "The water level of plot 17 is −15 cm.",
        "boot": "b1",
        "since_ms": 1,
        "utc_ms": (BEGIN_NS + 6 * HOUR_NS) // 10**6,
    }
    body = messages.encode(Alert(**(about | changes)))
    heard = judge(Incoming(G1.topic(topics.UP_ALERT), body, False, 1, 1))
    assert isinstance(heard, Event)
    return heard


@functools.cache
def _registry() -> Path:
    """A directory with the registry of ``CSV``, imported once for all tests."""
    home = Path(tempfile.mkdtemp(prefix="registry-"))
    atexit.register(shutil.rmtree, home)
    (home / "province.toml").write_text(CONFIG + SQLITE, encoding="utf-8")
    for name, text in CSV.items():
        (home / f"{name}.csv").write_text(text, encoding="utf-8")
    assert main(["import", str(home), "-c", str(home / "province.toml")]) == 0
    return home


@dataclass
class Province:
    """Its files in ``home``; ``store`` is what the config names."""

    home: Path
    ledger: Ledger
    store: Store

    @property
    def config(self) -> Path:
        """The config's path."""
        return self.home / "province.toml"

    def enter(self) -> None:
        """Import ``CSV``."""
        shutil.copy(_registry() / "registry.db", self.home)

    def hear(
        self,
        lines: Sequence[str] = (),
        *,
        first: int = 1,
        epoch: str = EPOCH,
        at_ns: int = 10 * DAY_NS,
        hello: Hello | None = None,
        meta: bytes | None = None,
        alerts: Iterable[Event] = (),
    ) -> None:
        """Take in what ingest would, at an instant since the begin."""
        batches = []
        for at in range(0, len(lines), 500):
            _, plain = batch_of(lines[at : at + 500], first + at, epoch=epoch)
            batch = judge(Incoming(G1.topic(topics.UP_PLAIN), plain, False, 1, 1))
            assert isinstance(batch, Batch)
            assert self.store.write(batch.body) == []
            batches.append(batch)
        documents = [] if meta is None else [Document(G1, topics.UP_META, meta)]
        greetings = [] if hello is None else [Greeting(G1, hello)]
        round_ = Round(batches, greetings, list(alerts), documents)
        self.ledger.record(round_, (BEGIN_NS + at_ns) // 10**6)

    def hello(self, next_: int, oldest: int = 1, at_ns: int = 10 * DAY_NS) -> None:
        """The gateway's hello."""
        said = Hello(epoch=EPOCH, boot="b1", mono_ms=1, oldest=oldest, next=next_)
        self.hear(hello=said, at_ns=at_ns)


@contextlib.contextmanager
def province(
    home: Path, open_: Callable[[], Store], store: str = SQLITE
) -> Iterator[Province]:
    """A province that has heard nothing."""
    (home / "province.toml").write_text(CONFIG + store, encoding="utf-8")
    with (
        contextlib.closing(Ledger(home / "ledger.db")) as ledger,
        contextlib.closing(open_()) as one,
    ):
        yield Province(home, ledger, one)


def season(days: int = 10) -> list[str]:
    """Hourly lines of ten days: the level falls, the soil is not seen on one day."""
    lines = []
    for hour in range(days * 24):
        at_ns = hour * HOUR_NS
        is_gone = 96 <= hour < 120
        lines += [
            reading(LEVEL, at_ns, 5 - hour / 12, 3 if hour in (30, 31, 60) else 1),
            reading(SOIL, at_ns, None if is_gone else 31.5),
            reading(RAIN, at_ns, 100 + min(hour, 20) / 10),
        ]
    return lines
