"""What a letter says, and what it cannot be made to say."""

import email
import email.policy
from datetime import datetime
from email.message import EmailMessage

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from province.alerting import clean
from province.mail.letter import Notice, Place, digest, message, single
from rules.text import HERE
from telemetry.messages import Alert
from tests.province.gateway import G1
from tests.province.mail.story import NOW_MS, WATER

PLACE = Place(plot="thửa 17", locality="xứ đồng Cây Gạo", coop="HTX Mộ Đức")
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"]
HEADERS += ["Content-Language", "Content-Type", "Content-Transfer-Encoding"]
HEADERS += ["MIME-Version"]


def notice(
    place: Place = PLACE, ended_ms: int | None = None, **changes: object
) -> Notice:
    alert = msgspec.structs.replace(WATER, **changes)
    return Notice(
        identity=G1,
        alert=alert,
        place=place,
        code=clean(alert.code, 12),  # as in the ledger's column
        told_ms=NOW_MS,
        ended_ms=ended_ms,
    )


def received(one: Notice) -> EmailMessage:
    letter = single(one)
    now = datetime(2026, 11, 24, 10, 32, tzinfo=HERE)
    made = message(
        letter, sender="a@example.com", email="b@example.com", name="n", now=now
    )
    got = email.message_from_bytes(made.as_bytes(), policy=email.policy.default)
    assert isinstance(got, EmailMessage)
    return got


def test_a_letter_says_all_of_it_vietnamese_first() -> None:
    text = single(notice()).text

    assert (
        text
        == """\
Ruộng cần nước (cảnh báo)
Nơi: thửa 17, xứ đồng Cây Gạo, HTX Mộ Đức
Mực nước thửa 17 xuống −15,2 cm.
Giá trị: −15,2 cm
Từ: 10:30 ngày 24/11/2026
Việc cần làm: Cho nước vào ruộng tới 5 cm trên mặt đất.
Căn cứ: IRRI, safe AWD: 15 cm
Mã 7F3. Cảnh báo này đúng hay sai? Xin báo mã và câu trả lời cho văn phòng tỉnh: \
đúng, sai hoặc chưa xem.

English
Rice needs water (warning)
Where: thửa 17, xứ đồng Cây Gạo, HTX Mộ Đức
Water in plot 17 is at −15.2 cm.
Value: −15.2 cm
Since: 2026-11-24 10:30
What to do: Irrigate to 5 cm above the soil.
Source: IRRI, safe AWD: 15 cm
Code 7F3. Was it true? Tell the provincial office the code and your answer: true, \
false or not seen.
"""
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"utc_ms": None}, "Từ: giờ trạm chưa chắc (tỉnh nhận lúc 10:31"),
        ({"utc_ms": 5}, "Từ: giờ trạm chưa chắc"),
        ({"utc_ms": NOW_MS + 10 * 60_000}, "Từ: giờ trạm chưa chắc"),
        ({"threshold_state": "proposed"}, "đề xuất, chưa được duyệt"),
        ({"confidence": "low"}, "Độ tin cậy: thấp"),
    ],
)
def test_what_is_not_sure_is_told(changes: dict[str, object], says: str) -> None:
    assert says in single(notice(**changes)).text
    assert says not in single(notice()).text


def test_an_end_that_came_before_the_mail_is_told() -> None:
    assert "Đã hết, báo lúc 10:31 ngày" in single(notice(ended_ms=NOW_MS)).text


def test_a_note_of_a_gateway_about_itself_has_a_subject_too() -> None:
    alert = Alert(
        id="buffer-damaged-b1-1", rule="buffer-damaged", severity="critical",
        state="firing", subject="buffer", vi="Bộ nhớ đệm bị hỏng. Hãy xem.",
        en="The buffer was damaged. Look.", boot="b1", since_ms=1,
    )  # fmt: skip
    one = Notice(
        identity=G1,
        alert=alert,
        place=Place(coop="HTX Mộ Đức"),
        code="",
        told_ms=NOW_MS,
    )

    assert (
        single(one).subject
        == "[Cánh đồng] Bộ nhớ đệm bị hỏng · buffer (g1), HTX Mộ Đức"
    )


def test_a_mail_survives_its_journey() -> None:
    got = received(notice())

    assert got["Subject"] == single(notice()).subject
    assert got.get_content().replace("\r\n", "\n") == single(notice()).text
    assert got["Message-ID"] == "<n@example.com>"


@pytest.mark.parametrize("title", ["Trứng sâu xanh da láng sắp nở", "Ruộng cần nước"])
@pytest.mark.parametrize("locality", ["xứ đồng Cây Gạo", "đồng Ông Đội", "Gò Dưới"])
def test_a_long_subject_keeps_its_blanks(title: str, locality: str) -> None:
    place = Place(plot="thửa 17", locality=locality, coop="HTX Mộ Đức")

    got = received(notice(place, title_vi=title))

    assert got["Subject"] == f"[Cánh đồng] {title} · thửa 17, {locality} (7F3)"


TEXTS = ["title_vi", "vi", "en", "do_vi", "unit", "source", "code", "subject"]
TEXTS += ["severity", "rule", "confidence"]
hostile = st.text(max_size=300) | st.sampled_from(
    ["a\r\nBcc: x@example.com", "a\r\n\r\nSecond", "\u202egnp", "x" * 100_000, "\x00"]
)


@given(
    st.fixed_dictionaries(dict.fromkeys(TEXTS, hostile)),
    hostile,
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.integers(),
)
def test_no_alert_can_begin_a_header_or_break_the_mail(
    texts: dict[str, str], plot: str, value: float | None, utc_ms: int | None
) -> None:
    one = notice(Place(plot=plot[:120]), **texts, value=value, utc_ms=utc_ms)
    got = received(one)

    assert sorted(got.keys()) == sorted(HEADERS)
    assert len(got["Subject"]) < 300
    assert len(got.get_content()) < 12_000
    assert digest([one], 1).text


def test_a_digest_names_what_it_can() -> None:
    letter = digest([notice(), notice(ended_ms=NOW_MS)], 9)

    assert letter.subject == "[Cánh đồng] 9 cảnh báo gộp chung"
    assert letter.text.count("Ruộng cần nước · thửa 17, xứ đồng Cây Gạo (7F3)") == 2
    assert "Đã hết." in letter.text
    assert "và 7 cảnh báo khác" in letter.text
