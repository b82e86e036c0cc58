"""Reasons of TLS faults: a wrong clock is told apart from a wrong certificate."""

import ssl

import pytest

from telemetry.mqtt_faults import why_tls


def verification(code: int, message: str) -> ssl.SSLCertVerificationError:
    fault = ssl.SSLCertVerificationError(1, "[SSL] certificate verify failed")
    fault.verify_code, fault.verify_message = code, message
    return fault


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (9, "certificate is not yet valid"),
        (10, "certificate has expired"),
        (11, "CRL is not yet valid"),
        (12, "CRL has expired"),
    ],
)
def test_a_certificate_out_of_its_time_is_a_matter_of_the_clock(code, message):
    told = why_tls(verification(code, message))

    assert told.startswith(f"tls_clock: {message}")


def test_so_is_what_the_broker_says_of_ours():
    fault = ssl.SSLError(1, "some")
    fault.reason = "SSLV3_ALERT_CERTIFICATE_EXPIRED"

    assert why_tls(fault).startswith("tls_clock: the broker says")


@pytest.mark.parametrize(
    "fault",
    [
        verification(19, "self-signed certificate in certificate chain"),
        ssl.SSLError(1, "wrong version number"),
        ConnectionRefusedError("refused"),
    ],
)
def test_all_else_is_no_matter_of_the_clock(fault):
    assert why_tls(fault) == ""
