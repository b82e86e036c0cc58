"""Certificates for tests, made by openssl: one authority and whom it signs."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DAYS: Final = "2"
KEY: Final = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


@dataclass(frozen=True, slots=True)
class Papers:
    """A certificate and its key, both PEM."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority in ``folder``; ``certificate`` is what others trust."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.folder = folder
        own = Papers(folder / f"{name}.pem", folder / f"{name}.key")
        _make(own, name)
        self.certificate = own.certificate
        self._key = own.key

    def sign(self, name: str, file: str) -> Papers:
        """A certificate for ``name`` that is good for this machine's loopback."""
        papers = Papers(self.folder / f"{file}.pem", self.folder / f"{file}.key")
        signed = ["-CA", str(self.certificate), "-CAkey", str(self._key)]
        place = "subjectAltName=IP:127.0.0.1,DNS:localhost"
        _make(papers, name, *signed, "-addext", place)
        return papers


def _make(papers: Papers, name: str, *more: str) -> None:
    subject = "/CN=" + name.replace("/", "\\/")
    files = ["-keyout", str(papers.key), "-out", str(papers.certificate)]
    command = ["openssl", "req", "-x509", *KEY, "-days", DAYS, "-subj", subject]
    subprocess.run([*command, *files, *more], check=True, capture_output=True)
