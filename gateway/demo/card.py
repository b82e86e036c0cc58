"""The closing card: what was counted, what people were told, where to look on.

Pure.  Nothing is said here that was not read back from the province.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from gateway.demo.count import Report
from gateway.demo.screen import WIDTH, pair
from gateway.demo.words import Words, en, vi
from telemetry.messages import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the card tells beside the report."""

    report: Report
    page: str  # path of report.html, "" if there is none
    commands: Sequence[str]  # to go on with
    notes: Sequence[Words] = ()  # what could not be asked


def card(ending: Ending) -> RenderableType:
    """The card."""
    report = ending.report
    parts = [pair(words, "") for words in summary(report)]
    for episode in report.by_reader:
        parts += [Text(""), *_letter(episode.alert)]
    parts += [Text("")] + [pair(words, "") for words in whereabouts(ending)]
    return Panel(
        Group(*parts),
        title="Kết quả · result",
        border_style="green" if report.agrees else "red",
        width=WIDTH,
        padding=(1, 2),
    )


def lines(ending: Ending) -> list[str]:
    """The same for a log."""
    told = [f"{words.vi} · {words.en}" for words in summary(ending.report)]
    for episode in ending.report.by_reader:
        told += [text.plain for text in _letter(episode.alert)]
    told += [f"{words.vi} · {words.en}" for words in whereabouts(ending)]
    return told + next_commands(ending)


def summary(report: Report) -> list[Words]:
    """The report in sentences."""
    n, outage = report.readings, report.outage
    sentences = [
        Words(
            f"Một đầu đo tự đếm: {vi(n.answered)} trả lời, {vi(n.committed)} đã ghi,"
            f" {vi(n.stored)} tỉnh xác nhận",
            f"one probe counts: {en(n.answered)} answered, {en(n.committed)}"
            f" committed, {en(n.stored)} confirmed",
        )
    ]
    if n.cut_off:
        sentences.append(
            Words(
                f"Trạm bị tắt đột ngột: {vi(n.cut_off)} trả lời chưa kịp ghi",
                f"killed gateway: {en(n.cut_off)} answers were not yet committed",
            )
        )
    if outage.seconds:
        sentences.append(
            Words(
                f"Mất đường truyền {vi(outage.seconds, 1)} s,"
                f" tồn {vi(outage.buffered)} số đo",
                f"outage of {en(outage.seconds, 1)} s,"
                f" {en(outage.buffered)} readings waited",
            )
        )
    if outage.drained_in_s is not None:
        sentences.append(
            Words(
                f"Gửi hết sau {vi(outage.drained_in_s, 1)} s",
                f"drained {en(outage.drained_in_s, 1)} s after the link was back",
            )
        )
    sentences.append(
        Words(
            f"Mất {vi(n.lost)}, trùng {vi(n.duplicate)}",
            f"lost {en(n.lost)}, twice {en(n.duplicate)}",
        )
    )
    if not report.agrees:
        sentences.append(Words("Các số KHÔNG khớp", "the counts do NOT agree"))
    if not report.episodes:
        sentences.append(Words("Không có cảnh báo", "no alert"))
    return sentences


def whereabouts(ending: Ending) -> list[Words]:
    """Where the story lies."""
    told = list(ending.notes)
    if ending.report.seed:
        told.append(
            Words(f"Lặp lại: --seed {ending.report.seed}", "the same keys once more")
        )
    if ending.page:
        told.append(Words(f"Báo cáo: {ending.page}", "the report, for a browser"))
    return told


def next_commands(ending: Ending) -> list[str]:
    """What to type next, to be copied: never wrapped, in no frame."""
    return [f"  {command}" for command in ending.commands]


def _letter(alert: Alert) -> list[Text]:
    """An alert as it would arrive."""
    title_vi = alert.title_vi or alert.rule
    title_en = alert.title_en or alert.rule
    return [
        Text.assemble(
            (f"[{alert.code or '—'}] {title_vi}", "bold"),
            (f" · {title_en} · {alert.audience}", "dim"),
        ),
        Text(" ".join(part for part in (alert.vi, alert.do_vi) if part)),
        Text(" ".join(part for part in (alert.en, alert.do_en) if part), "dim"),
    ]
