"""The gateway's alerts about itself: Vietnamese first, English beside it."""

from gateway.records import Size
from telemetry.clock import Clock
from telemetry.messages import Alert


def _alert(
    clock: Clock, rule: str, severity: str, subject: str, vi: str, en: str
) -> Alert:
    since_ms = clock.field_ms()
    return Alert(
        id=f"{rule}-{clock.boot[:8]}-{since_ms:x}-1",
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


def clock_disputed(clock: Clock, apart_s: float) -> Alert:
    """NTP and the province disagree by more than five minutes."""
    return _alert(
        clock,
        "clock-disputed",
        "warning",
        "clock",
        f"Đồng hồ của trạm lệch {apart_s:.0f} giây so với giờ của tỉnh. Số liệu được"
        " ghi theo giờ của tỉnh. Hãy kiểm tra máy chủ giờ (NTP).",
        f"The gateway's clock is {apart_s:.0f} s off the province's time. Readings are"
        " stamped by the province's. Check the NTP server.",
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
