"""What must hold within ``[uplink]``: files that are there, bytes that suffice."""

from collections.abc import Iterator

from gateway.budget import LEAST_BYTES
from gateway.config import Uplink
from telemetry.dial import host_fault, tls_context


def faults(uplink: Uplink) -> Iterator[str]:
    """Every fault of ``[uplink]`` beyond its single values."""
    if fault := host_fault(uplink.host):
        yield f"uplink.host: {fault}"
    missing = [
        f"uplink.{key}: {path} is not a file"
        for key in ("password_file", "ca_file", "certificate_file", "key_file")
        if (path := getattr(uplink, key)) is not None and not path.is_file()
    ]
    yield from missing
    if (uplink.certificate_file is None) != (uplink.key_file is None):
        yield "uplink.certificate_file and uplink.key_file: give both or neither"
    elif not missing and (uplink.ca_file or uplink.certificate_file):
        try:
            tls_context(uplink.files)
        except OSError as fault:
            yield f"uplink: the TLS files cannot be used: {fault}"
    yield from _budget_faults(uplink)


def _budget_faults(uplink: Uplink) -> Iterator[str]:
    try:
        daily_bytes = uplink.budget.daily_bytes
    except ValueError as fault:
        yield f"uplink.quiet_hours: {uplink.quiet_hours!r}: {fault}"
        daily_bytes = uplink.daily_bytes
    if daily_bytes is not None and daily_bytes < LEAST_BYTES:
        yield (
            f"uplink.daily_bytes: {daily_bytes} is less than hello and health alone"
            f" need in a day; give {LEAST_BYTES} or more"
        )
