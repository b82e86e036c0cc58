"""Whether a wrong clock is why a TLS connection was not made.  Pure.

A certificate that is "not yet valid" or "expired" is more often a wrong clock here than
a wrong certificate there: a Pi without a clock of its own begins in the past.  Such a
reason begins with ``tls_clock``.  Nothing is ever taken unverified for it.
"""

import ssl
from typing import Final

CLOCK: Final = "tls_clock"
_NOT_YET: Final = frozenset({9, 11})  # X509_V_ERR_CERT_NOT_YET_VALID, CRL_NOT_YET_VALID
_EXPIRED: Final = frozenset({10, 12})  # X509_V_ERR_CERT_HAS_EXPIRED, CRL_HAS_EXPIRED
_THEIRS: Final = frozenset(  # alerts by which the broker refuses ours, RFC 8446 6.2
    {"SSLV3_ALERT_CERTIFICATE_EXPIRED", "TLSV1_ALERT_CERTIFICATE_EXPIRED"}
)


def why_tls(fault: BaseException) -> str:
    """Reason and remedy, for ``link_error``; "" where it is no matter of a clock."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        if fault.verify_code in _NOT_YET:
            return (
                f"{CLOCK}: {fault.verify_message} by this machine's clock, which is"
                " probably slow; it is tried again when NTP has set it"
            )
        if fault.verify_code in _EXPIRED:
            return (
                f"{CLOCK}: {fault.verify_message} by this machine's clock; is it fast,"
                " or was the certificate not renewed?"
            )
    if isinstance(fault, ssl.SSLError) and getattr(fault, "reason", None) in _THEIRS:
        return f"{CLOCK}: the broker says that this gateway's certificate has expired"
    return ""
