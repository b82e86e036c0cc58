"""What the demo shows: the path of a reading, three plots, one caption.  Pure.

Vietnamese first, English beside it.  ``render`` makes what rich draws; ``line``
says the same on one line where there is no screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from drivers.sim.story import DAYS
from gateway.demo.count import Episode
from gateway.demo.series import Night, Sample, bars, newest, sparkline
from gateway.demo.words import Words, en, vi

WIDTH: Final = 80  # characters of a small terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The chain at one instant."""

    day: float = 0.0  # since the begin of the story
    devices: int = 0
    answers_per_s: float = 0.0
    water: Sequence[Sample] = ()  # of thửa 17 [cm]
    soil: Sequence[Sample] = ()  # of thửa 21 [%]
    nights: Sequence[Night] = ()  # of the trap on thửa 3
    stored: int = 0  # rows in the gateway's buffer
    confirmed: int = 0  # of them, rows that the province has confirmed
    link_is_up: bool = True
    bytes_sent: int = 0  # from the gateway towards the broker
    points: int = 0  # in the province's database
    episodes: Sequence[Episode] = ()  # alerts that reached the province

    @property
    def waiting(self) -> int:
        """Rows that the gateway must still keep."""
        return self.stored - self.confirmed


def path(now: Snapshot) -> list[tuple[Words, Words]]:
    """Each station of the path and what it holds."""
    link = Words("tốt", "up") if now.link_is_up else Words("MẤT", "CUT")
    sent_kb = now.bytes_sent / 1000
    rate = now.answers_per_s
    return [
        (
            Words("Đồng ruộng", "Field"),
            Words(
                f"{now.devices} thiết bị, {vi(rate, 1)} trả lời/s",
                f"{now.devices} devices, {en(rate, 1)} answers/s",
            ),
        ),
        (
            Words("Trạm đồng", "Gateway"),
            Words(
                f"{vi(now.stored)} số đo đã ghi, {vi(now.waiting)} chờ xác nhận",
                f"{en(now.stored)} readings stored, {en(now.waiting)} waiting",
            ),
        ),
        (
            Words("Trung chuyển", "Broker"),
            Words(
                f"đường truyền {link.vi}, {vi(sent_kb, 1)} kB đã gửi",
                f"link {link.en}, {en(sent_kb, 1)} kB sent",
            ),
        ),
        (
            Words("Tỉnh", "Province"),
            Words(
                f"{vi(now.points)} điểm đã lưu, {vi(now.confirmed)} đã xác nhận",
                f"{en(now.points)} points stored, {en(now.confirmed)} acknowledged",
            ),
        ),
        (Words("Con người", "People"), _people(now.episodes)),
    ]


def plots(now: Snapshot) -> list[tuple[str, Words, str]]:
    """Each plot: its name, its newest value, the story so far."""
    water, soil = newest(now.water), newest(now.soil)
    catch = now.nights[-1].catch if now.nights else None
    return [
        ("thửa 17 · lúa", _level(water), sparkline(now.water)),
        ("thửa 3 · hành", _catch(catch), bars(now.nights)),
        ("thửa 21 · ngô", _moisture(soil), sparkline(now.soil)),
    ]


def render(now: Snapshot, note: Words, keys: str = "") -> RenderableType:
    """The screen; ``keys`` may be pressed."""
    stations = Table.grid(padding=(0, 2, 0, 0))
    stations.add_column(min_width=14, no_wrap=True)
    stations.add_column(no_wrap=True, overflow="ellipsis")
    for name, holds in path(now):
        stations.add_row(pair(name, "bold"), pair(holds, ""))
    fields = Table.grid(padding=(0, 2, 0, 0))
    fields.add_column(min_width=14, no_wrap=True)
    fields.add_column(min_width=24, no_wrap=True)
    fields.add_column(no_wrap=True)
    for plot, value, picture in plots(now):
        shown = Text.assemble(value.vi, (f" {value.en}", "dim"))
        fields.add_row(Text(plot, "bold"), shown, Text(picture, "cyan"))
    told = pair(note, "bold green" if now.link_is_up else "bold yellow")
    return Panel(
        Group(stations, "", fields, "", told),
        title=f"Cánh đồng · {clock(now.day)}",
        subtitle=f"{keys} · Ctrl-C: dừng · stop".removeprefix(" · "),
        width=WIDTH,
        padding=(1, 2),
    )


def line(now: Snapshot, note: Words) -> str:
    """The same without a screen."""
    holds = " | ".join(f"{name.en}: {text.en}" for name, text in path(now))
    values = ", ".join(f"{plot} {value.vi}" for plot, value, _ in plots(now))
    return f"{clock(now.day)} {note.vi} · {note.en} | {holds} | {values}"


def clock(day: float) -> str:
    """Day and hour of the story.

    >>> clock(2.25)
    'ngày 3, 06:00'
    """
    minutes = int(min(max(0.0, day), DAYS) * 24 * 60)
    minutes -= minutes == DAYS * 24 * 60  # the last midnight still is of day 8
    days, minutes = divmod(minutes, 24 * 60)
    return f"ngày {days + 1}, {minutes // 60:02d}:{minutes % 60:02d}"


def pair(words: Words, style: str) -> Text:
    """Both languages, one under the other."""
    return Text.assemble((words.vi, style), "\n", (words.en, "dim"))


def _people(episodes: Sequence[Episode]) -> Words:
    """What people were told last."""
    if not episodes:
        return Words("chưa có cảnh báo", "no alert yet")
    field = [e for e in episodes if e.alert.audience == "field"]
    alert = (field or list(episodes))[-1].alert
    number = len(episodes)
    return Words(
        f"{number} cảnh báo: {alert.title_vi or alert.vi}",
        f"{number} alert{'s' * (number > 1)}: {alert.title_en or alert.en}",
    )


def _level(value: float | None) -> Words:
    if value is None:
        return Words("nước —", "")
    return Words(f"nước {vi(value, 1)} cm", "water")


def _catch(value: float | None) -> Words:
    if value is None:
        return Words("bẫy —", "")
    return Words(f"bẫy {vi(value)} lượt/đêm", "a night")


def _moisture(value: float | None) -> Words:
    if value is None:
        return Words("đất — (thiếu)", "no answer")
    return Words(f"đất {vi(value, 1)} %", "soil")
