"""The demo's folder: where each file lies, and the configs that are written there."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Final

from drivers.sim.story import DAYS
from gateway.demo.pace import Pace, day_of

NEVER_S: Final = 31_536_000  # the poll period where nothing more is to be read: a year
ZERO_DAYS: Final = 20  # age of the level's datum at the begin; rules want it below 60
SOWN_DAYS: Final = {"rice_sown": 35, "onion_sown": 35, "maize_sown": 40}
"""Days before the begin: rice tillers then, weeks from its heading."""


@dataclass(frozen=True, slots=True)
class Site:
    """Names of the files in ``folder``."""

    folder: Path

    @property
    def buffer(self) -> Path:
        """The gateway's buffer."""
        return self.folder / "gateway" / "buffer.db"

    @property
    def ledger(self) -> Path:
        """What the province has acknowledged, and the alerts that reached it."""
        return self.folder / "ledger.db"

    @property
    def store(self) -> Path:
        """The province's database."""
        return self.folder / "store.db"

    @property
    def stats(self) -> Path:
        """What the simulated devices have answered."""
        return self.folder / "field.json"

    @property
    def unplugged(self) -> Path:
        """The devices that do not answer."""
        return self.folder / "unplugged"

    @property
    def registry(self) -> Path:
        """The tables that the province imports."""
        return self.folder / "registry"

    @property
    def report(self) -> Path:
        """The story as a page."""
        return self.folder / "report.html"

    def config(self, name: str) -> Path:
        """The config ``gateway``, ``closing`` or ``province``."""
        return self.folder / f"{name}.toml"

    def furnish(self, pace: Pace, begin_ms: int, *, link: int, broker: int) -> None:
        """Write the configs and the registry's tables; ``link``, ``broker``: ports.

        ``begin_ms`` is the begin of the story, UTC. [ms since 1970]
        """
        dates = {key: day_of(begin_ms, -days) for key, days in SOWN_DAYS.items()}
        names = {
            "folder": self.folder,
            "link": link,
            "broker": broker,
            "every_s": pace.every_s,
            "zero_on": day_of(begin_ms, -ZERO_DAYS),
            "cut_on": day_of(begin_ms, DAYS),
            "field_time": "simulated" if pace.speed > 1 else "real",
            **dates,
        }
        (self.folder / "gateway").mkdir(parents=True, exist_ok=True)
        demo = files("gateway.demo")
        gateway, province = demo / "gateway.toml", demo / "province.toml"
        _fill(self.config("gateway"), gateway, names)
        _fill(self.config("closing"), gateway, names | {"every_s": NEVER_S})
        _fill(self.config("province"), province, names)
        self.registry.mkdir(exist_ok=True)
        for table in (demo / "registry").iterdir():
            _fill(self.registry / table.name, table, names)


def _fill(path: Path, template: Traversable, names: Mapping[str, object]) -> None:
    text = template.read_text(encoding="utf-8")
    path.write_text(Template(text).substitute(names), encoding="utf-8")
