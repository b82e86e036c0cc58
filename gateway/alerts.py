"""The gateway's alerts about itself: Vietnamese first, English beside it."""

from gateway.clock_words import SOURCES
from gateway.hints import is_local
from gateway.records import Size
from telemetry.clock import Clock
from telemetry.messages import Alert


def _alert(
    clock: Clock,
    rule: str,
    severity: str,
    subject: str,
    vi: str,
    en: str,
    *,
    name: str = "",
) -> Alert:
    since_ms = clock.field_ms()
    return Alert(
        id=name or f"{rule}-{clock.boot[:8]}-{since_ms:x}-1",
        rule=rule,
        severity=severity,
        state="firing",
        subject=subject,
        vi=vi,
        en=en,
        boot=clock.boot,
        since_ms=since_ms,
    )


def buffer_damaged(clock: Clock, damage: str) -> Alert:
    """The buffer's file was damaged and put aside."""
    return _alert(
        clock,
        "buffer-damaged",
        "critical",
        "buffer",
        "Bộ nhớ đệm của trạm bị hỏng. Số liệu chưa gửi trong tệp cũ được giữ lại để"
        " cứu; trạm vẫn tiếp tục đo. Hãy kiểm tra thẻ nhớ và nguồn điện.",
        "The gateway's buffer was damaged. Unsent readings stay in the file that was"
        f" put aside; measuring goes on. Check card and power supply. ({damage})",
    )


def epoch_changed(clock: Clock) -> Alert:
    """The province knows readings that this buffer never gave."""
    return _alert(
        clock,
        "old-card-or-clone",
        "critical",
        "identity",
        "Tỉnh đã có số liệu mới hơn bộ nhớ của trạm này: thẻ nhớ cũ được lắp lại,"
        " hoặc có hai trạm dùng chung một tên. Hãy kiểm tra thẻ nhớ và tên trạm.",
        "The province holds newer readings than this gateway's buffer: an old card"
        " was put back, or two gateways share one name. Check card and name.",
    )


def clock_disputed(clock: Clock, source: str, off_ms: int, day: int) -> Alert:
    """A source of time and the province disagree by more than five minutes.

    One name for a source and ``day`` of the boot, so that a restart tells it once.
    """
    vi, en, check_vi, check_en = SOURCES[source]
    ahead_vi, ahead_en = ("nhanh", "ahead") if off_ms > 0 else ("chậm", "behind")
    off_s = abs(off_ms) / 1000
    if is_local(off_ms):
        check_vi = "Nó đang giữ giờ Việt Nam, phải đặt theo giờ UTC."
        check_en = "It keeps Vietnamese time and must be set to UTC."
    return _alert(
        clock,
        "clock-disputed",
        "warning",
        "clock",
        f"{vi} {ahead_vi} {off_s:.0f} giây so với giờ của tỉnh. Số liệu được ghi theo"
        f" giờ của tỉnh. {check_vi}",
        f"{en} is {off_s:.0f} s {ahead_en} of the province's time. Readings are stamped"
        f" by the province's. {check_en}",
        name=f"clock-disputed-{clock.boot[:8]}-{source}-{day}-1",
    )


def buffer_salvaged(clock: Clock, told: str) -> Alert:
    """What could be brought over from a damaged file."""
    return _alert(
        clock,
        "buffer-salvaged",
        "notice",
        "buffer",
        "Đã chuyển số liệu còn đọc được từ bộ nhớ đệm hỏng sang bộ nhớ mới.",
        f"What could be read of the damaged buffer was brought over. ({told})",
    )


def buffer_thinned(clock: Clock, size: Size) -> Alert:
    """The card's share is full: detail goes, or days."""
    mib = size.cap // 2**20
    vi = (
        f"Bộ nhớ đệm {mib} MiB sắp đầy vì số liệu chưa gửi được. Số liệu cũ được gộp"
        f" theo 15 phút (đã gộp {size.thinned} dòng)"
    )
    en = (
        f"The buffer of {mib} MiB is nearly full of unsent readings. Old ones are"
        f" merged to 15 minutes ({size.thinned} rows so far)"
    )
    if size.lost:
        vi += f"; {size.lost} dòng cũ nhất đã bị bỏ"
        en += f"; the oldest {size.lost} rows were given up"
    return _alert(
        clock,
        "buffer-thinned",
        "critical" if size.lost else "warning",
        "buffer",
        f"{vi}. Hãy khôi phục đường truyền.",
        f"{en}. Restore the link.",
    )


def storage_failing(clock: Clock, why: str) -> Alert:
    """The card cannot be written."""
    return _alert(
        clock,
        "storage-failing",
        "critical",
        "buffer",
        "Thẻ nhớ của trạm không ghi được. Trạm vẫn đo nhưng số liệu mới chỉ nằm trong"
        " bộ nhớ tạm và sẽ mất khi mất điện. Hãy thay thẻ nhớ.",
        "The gateway's card cannot be written. Measuring goes on, but new readings are"
        f" in memory only and go with the power. Replace the card. ({why})",
    )


def uplink_denied(clock: Clock, topic: str) -> Alert:
    """The broker's access rules do not let this gateway send."""
    return _alert(
        clock,
        "uplink-denied",
        "warning",
        "link",
        "Máy chủ MQTT của tỉnh không cho trạm này gửi số liệu. Số đo được giữ lại tại"
        " trạm. Hãy báo đơn vị quản lý máy chủ kiểm tra quyền của trạm.",
        "The province's broker does not let this gateway send. Readings are kept at the"
        f" gateway. Have the broker's access rules checked. ({topic})",
    )


def buffer_held_open(clock: Clock, log_bytes: int) -> Alert:
    """Another program reads the buffer and does not let go."""
    mib = log_bytes // 2**20
    return _alert(
        clock,
        "buffer-held-open",
        "warning",
        "buffer",
        f"Một chương trình khác đang giữ bộ nhớ đệm mở; nhật ký của nó đã tới {mib} MiB"
        " và còn tăng. Hãy đóng chương trình đó.",
        f"Another program holds the buffer open; its log has grown to {mib} MiB and"
        " goes on growing. Close that program.",
    )
