"""What the demo shows: five rows that mirror the path of a reading.  Pure.

Vietnamese first, English beside it.  ``render`` and ``card`` make what rich
draws; ``line`` says the same on one line where there is no screen.
"""

from dataclasses import dataclass
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.demo.count import Report


class Words(NamedTuple):
    """One thing said in both languages."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The chain at one instant."""

    at_s: float = 0.0  # since the demo began [s]
    devices: int = 0
    answers_per_s: float = 0.0
    water_cm: float | None = None  # newest water level of thửa 17 [cm]
    stored: int = 0  # rows in the gateway's buffer
    confirmed: int = 0  # of them, rows that the province has confirmed
    link_is_up: bool = True
    bytes_sent: int = 0  # from the gateway towards the broker
    points: int = 0  # in the province's database
    alert: Words | None = None  # the newest that reached the province

    @property
    def waiting(self) -> int:
        """Rows that the gateway must still keep."""
        return self.stored - self.confirmed


STARTING = Words("Đang khởi động", "starting")
FLOWING = Words("Số đo đi thẳng về tỉnh", "readings flow to the province")
CUT = Words("Mất đường truyền: trạm giữ mọi số đo", "link cut: the gateway keeps all")
DRAINING = Words("Đã nối lại: đang gửi phần tồn", "link back: what waited is sent")
STOPPING = Words("Đang dừng: gửi nốt phần còn lại", "stopping: the rest is sent")


def rows(now: Snapshot) -> list[tuple[Words, Words]]:
    """Each station of the path and what it holds."""
    rate = now.answers_per_s
    link = Words("tốt", "up") if now.link_is_up else Words("MẤT", "CUT")
    level = Words("", "")
    if now.water_cm is not None:
        level = Words(
            f" · mực nước thửa 17: {_vi(now.water_cm, 1)} cm",
            f" · water on plot 17: {now.water_cm:.1f} cm",
        )
    return [
        (
            Words("Đồng ruộng", "Field"),
            Words(
                f"{now.devices} thiết bị, {_vi(rate, 1)} trả lời/s{level.vi}",
                f"{now.devices} devices, {rate:.1f} answers/s{level.en}",
            ),
        ),
        (
            Words("Trạm đồng", "Gateway"),
            Words(
                f"{_vi(now.stored)} số đo đã ghi, {_vi(now.waiting)} chờ xác nhận",
                f"{now.stored:,} readings stored, {now.waiting:,} waiting",
            ),
        ),
        (
            Words("Trung chuyển", "Broker"),
            Words(
                f"đường truyền {link.vi}, {_vi(now.bytes_sent / 1000, 1)} kB đã gửi",
                f"link {link.en}, {now.bytes_sent / 1000:,.1f} kB sent",
            ),
        ),
        (
            Words("Tỉnh", "Province"),
            Words(
                f"{_vi(now.points)} điểm đã lưu, {_vi(now.confirmed)} đã xác nhận",
                f"{now.points:,} points stored, {now.confirmed:,} acknowledged",
            ),
        ),
        (
            Words("Con người", "People"),
            now.alert or Words("chưa có cảnh báo", "no alert yet"),
        ),
    ]


def render(now: Snapshot, note: Words) -> RenderableType:
    """The screen."""
    table = Table.grid(padding=(0, 3, 1, 0), collapse_padding=False)
    table.add_column(min_width=14, no_wrap=True)
    table.add_column()
    for name, holds in rows(now):
        table.add_row(_pair(name, "bold"), _pair(holds, ""))
    table.add_row("", _pair(note, "bold green" if now.link_is_up else "bold yellow"))
    return Panel(
        table,
        title=f"Cánh đồng · {_clock(now.at_s)}",
        subtitle="Ctrl-C: dừng · stop",
        width=80,
        padding=(1, 2, 0, 2),
    )


def line(now: Snapshot, note: Words) -> str:
    """The same without a screen."""
    holds = " | ".join(f"{name.en}: {text.en}" for name, text in rows(now))
    return f"{_clock(now.at_s)} {note.vi} · {note.en} | {holds}"


def card(report: Report) -> RenderableType:
    """The closing card: what was counted, and nothing else."""
    return Panel(
        Group(*(_pair(words, "") for words in summary(report))),
        title="Kết quả · result",
        border_style="green" if report.agrees else "red",
        width=80,
        padding=(1, 2),
    )


def summary(report: Report) -> list[Words]:
    """The report in sentences."""
    n, outage = report.readings, report.outage
    sentences = [
        Words(
            f"Một đầu đo tự đếm: {_vi(n.answered)} trả lời, {_vi(n.committed)} đã ghi,"
            f" {_vi(n.stored)} ở tỉnh",
            f"one probe counts: {n.answered:,} answered, {n.committed:,} committed,"
            f" {n.stored:,} stored",
        )
    ]
    if outage.seconds:
        sentences.append(
            Words(
                f"Mất đường truyền {_vi(outage.seconds, 1)} s,"
                f" tồn {_vi(outage.buffered)} số đo",
                f"outage of {outage.seconds:.1f} s,"
                f" {outage.buffered:,} readings waited",
            )
        )
    if outage.drained_in_s is not None:
        sentences.append(
            Words(
                f"Gửi hết sau {_vi(outage.drained_in_s, 1)} s",
                f"drained {outage.drained_in_s:.1f} s after the link was back",
            )
        )
    sentences.append(
        Words(
            f"Mất {_vi(n.lost)}, trùng {_vi(n.duplicate)}",
            f"lost {n.lost:,}, doubled {n.duplicate:,}",
        )
    )
    if not report.agrees:
        sentences.append(Words("Các số KHÔNG khớp", "the counts do NOT agree"))
    return sentences


def _pair(words: Words, style: str) -> RenderableType:
    return Text.assemble((words.vi, style), "\n", (words.en, "dim"))


def _clock(at_s: float) -> str:
    minutes, seconds = divmod(int(at_s), 60)
    return f"{minutes}:{seconds:02d}"


def _vi(value: float, digits: int = 0) -> str:
    """Write a number as Vietnamese does: 1.234,5."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))
