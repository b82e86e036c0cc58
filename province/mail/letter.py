"""An alert as a letter: Vietnamese first, then English.  Pure.

Every text of a gateway passes ``clean``: one line, bounded, without control
characters, so that it cannot begin a header or a second letter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Final

from province.alerting import clean, since_of
from province.episodes import SEVERITIES_VI, titles
from rules.text import Language, Measure, local, say
from telemetry.messages import Alert
from telemetry.topics import Identity

NAME: Final = "Cánh đồng"
SENTENCES: Final = 1_000  # characters of a text; the longest of ours has some 300
PLACE_LETTERS: Final = 60  # a subject stays readable on a telephone
DIGEST_LINES: Final = 50  # alerts named in a digest; a screen or two
AHEAD_MS: Final = 300_000  # as the wire's clock=disputed: 5 min

PROPOSED_VI: Final = "Ngưỡng: đề xuất, chưa được duyệt."
PROPOSED_EN: Final = "Threshold: proposed, not approved."
LOW_VI: Final = "Độ tin cậy: thấp."
LOW_EN: Final = "Confidence: low."


class _Policy(EmailPolicy):
    """As ``email.policy.SMTP``, but a folded subject keeps all of its blanks.

    That one puts a blank between two encoded words, where readers drop it (RFC 2047
    §6.2): "láng sắp" arrived as "lángsắp" in every seventh subject.  Python 3.11.
    """

    def fold(self, name: str, value: str) -> str:
        """Return a header as lines."""
        if name != "Subject":
            folded: str = super().fold(name, value)
            return folded
        words = Header(str(value), "utf-8", header_name=name)
        return f"{name}: {words.encode(linesep=self.linesep)}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return the same as bytes, which is what is sent."""
        return self.fold(name, value).encode("ascii")


_POLICY: Final = _Policy(linesep="\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it is, in people's names; ``""`` where there is none."""

    plot: str = ""
    locality: str = ""
    coop: str = ""

    @property
    def short(self) -> str:
        """Plot and locality, as in a subject."""
        return ", ".join(part for part in (self.plot, self.locality) if part)

    @property
    def whole(self) -> str:
        """Plot, locality and cooperative."""
        return ", ".join(part for part in (self.short, self.coop) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One event and what the province knows about it. [ms UTC]"""

    identity: Identity
    alert: Alert
    place: Place
    code: str
    told_ms: int  # arrival at the province
    ended_ms: int | None = None  # when its end was told, if it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Subject and text."""

    subject: str
    text: str


def single(notice: Notice) -> Letter:
    """Return the letter of one event."""
    title_vi, title_en = titles(notice.alert, notice.alert.rule)
    where = clean(_short(notice), PLACE_LETTERS)
    code = f" ({notice.code})" if notice.code else ""
    severity = clean(notice.alert.severity, 20)
    lines = [
        f"{title_vi} ({SEVERITIES_VI.get(severity, severity)})",
        *_vietnamese(notice),
        "",
        "English",
        f"{title_en} ({severity})",
        *_english(notice),
    ]
    return Letter(
        subject=f"[{NAME}] {title_vi} · {where}{code}", text="\n".join(lines) + "\n"
    )


def digest(notices: Sequence[Notice], events: int) -> Letter:
    """Return one letter for ``events`` alerts, of which ``notices`` are named."""
    more = events - len(notices)
    vi = [f"{events} cảnh báo, gộp vào một thư vì đã cũ hoặc quá nhiều trong một giờ."]
    en = [f"{events} alerts in one mail: they are old, or too many within an hour."]
    for notice in notices:
        title_vi, title_en = titles(notice.alert, notice.alert.rule)
        where = clean(_short(notice), PLACE_LETTERS)
        code = f" ({notice.code})" if notice.code else ""
        since_vi, since_en = _since(notice)
        over_vi = " Đã hết." if notice.ended_ms is not None else ""
        over_en = " Over." if notice.ended_ms is not None else ""
        vi.append(f"- {title_vi} · {where}{code}. Từ {since_vi}.{over_vi}")
        en.append(f"- {title_en} · {where}{code}. Since {since_en}.{over_en}")
    if more:
        vi.append(f"- và {more} cảnh báo khác: canhdong-province alerts")
        en.append(f"- and {more} more: canhdong-province alerts")
    subject = f"[{NAME}] {events} cảnh báo gộp chung"
    return Letter(subject=subject, text="\n".join([*vi, "", "English", *en]) + "\n")


def message(
    letter: Letter, *, sender: str, email: str, name: str, now: datetime
) -> EmailMessage:
    """Return the letter as a mail; ``name`` makes its Message-ID.

    Raises
    ------
    ValueError
        ``email`` is no address.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(display_name=NAME, addr_spec=sender)
    mail["To"] = Address(addr_spec=email)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{name}@{sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers
    mail.set_content(letter.text)
    mail["Content-Language"] = "vi, en"
    return mail


def moment(at_ms: int) -> str:
    """Time of day and date as they are said in Viet Nam.

    >>> moment(1_795_294_053_000)
    '03:47 ngày 22/11/2026'
    """
    return f"{local(at_ms):%H:%M ngày %d/%m/%Y}"


# --- the parts -------------------------------------------------------------------


def _vietnamese(notice: Notice) -> list[str]:
    alert, since = notice.alert, _since(notice)[0]
    lines = [f"Nơi: {notice.place.whole or notice.identity}", _sentences(alert.vi)]
    lines += [f"Giá trị: {value}" for value in _value(alert, "vi")]
    lines.append(f"Từ: {since}")
    lines += [f"Đã hết, báo lúc {moment(ms)}." for ms in _ended(notice)]
    lines += [f"Việc cần làm: {text}" for text in _if_any(alert.do_vi)]
    lines += [f"Căn cứ: {text}" for text in _if_any(alert.source)]
    lines += [PROPOSED_VI] if alert.threshold_state == "proposed" else []
    lines += [LOW_VI] if alert.confidence == "low" else []
    if notice.code:
        lines.append(
            f"Mã {notice.code}. Cảnh báo này đúng hay sai? Xin báo mã và câu trả lời"
            " cho văn phòng tỉnh: đúng, sai hoặc chưa xem."
        )
    return lines


def _english(notice: Notice) -> list[str]:
    alert, since = notice.alert, _since(notice)[1]
    lines = [f"Where: {notice.place.whole or notice.identity}", _sentences(alert.en)]
    lines += [f"Value: {value}" for value in _value(alert, "en")]
    lines.append(f"Since: {since}")
    lines += [f"Over, told {_iso(ms)}." for ms in _ended(notice)]
    lines += [f"What to do: {text}" for text in _if_any(alert.do_en)]
    lines += [f"Source: {text}" for text in _if_any(alert.source)]
    lines += [PROPOSED_EN] if alert.threshold_state == "proposed" else []
    lines += [LOW_EN] if alert.confidence == "low" else []
    if notice.code:
        lines.append(
            f"Code {notice.code}. Was it true? Tell the provincial office the code and"
            " your answer: true, false or not seen."
        )
    return lines


def _short(notice: Notice) -> str:
    """Plot and locality, else the part that it is about and its cooperative."""
    if notice.place.short:
        return notice.place.short
    subject = clean(notice.alert.subject, PLACE_LETTERS // 2)
    own = notice.identity.gateway
    part = own if subject in ("", own) else f"{subject} ({own})"
    return f"{part}, {notice.place.coop or notice.identity.coop}"


def _since(notice: Notice) -> tuple[str, str]:
    """Since when; a gateway without a clock, or ahead of the province, is not sure."""
    since_ms = since_of(notice.alert)
    if since_ms is not None and since_ms <= notice.told_ms + AHEAD_MS:
        return moment(since_ms), _iso(since_ms)
    told_vi, told_en = moment(notice.told_ms), _iso(notice.told_ms)
    return (
        f"giờ trạm chưa chắc (tỉnh nhận lúc {told_vi})",
        f"the gateway's clock is not sure (told to the province {told_en})",
    )


def _ended(notice: Notice) -> list[int]:
    return [] if notice.ended_ms is None else [notice.ended_ms]


def _value(alert: Alert, language: Language) -> list[str]:
    if alert.value is None:
        return []
    return [clean(say(Measure(alert.value, clean(alert.unit, 20)), language), 40)]


def _sentences(text: str) -> str:
    return clean(text, SENTENCES)


def _if_any(text: str) -> list[str]:
    line = _sentences(text)
    return [line] if line else []


def _iso(at_ms: int) -> str:
    return f"{local(at_ms):%Y-%m-%d %H:%M}"
