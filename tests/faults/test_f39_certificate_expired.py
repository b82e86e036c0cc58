"""The gateway's certificate is over, then there is a new one."""

import subprocess
import time

import pytest

from tests import parts
from tests.deploy.pki import Authority, Papers
from tests.faults.network.rig import FAST, rig


def expired(ours: Authority, name: str) -> Papers:
    """A certificate of ``ours`` that was good for one second."""
    papers = ours.sign(name, "old")
    request, names = (papers.certificate.with_suffix(e) for e in (".csr", ".ext"))
    names.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    made = ["openssl", "req", "-new", "-key", str(papers.key), "-subj", "/CN=old"]
    subprocess.run([*made, "-out", str(request)], check=True, capture_output=True)
    signed = ["openssl", "x509", "-req", "-in", str(request), "-days", "0"]
    signed += ["-CA", str(ours.certificate), "-CAkey", str(ours.folder / "ca.key")]
    signed += ["-CAcreateserial", "-extfile", str(names)]
    signed += ["-out", str(papers.certificate)]
    subprocess.run(signed, check=True, capture_output=True)
    time.sleep(1.1)
    return papers


@pytest.mark.parametrize("whose", ["gateway", "broker"])
def test_an_expired_certificate_is_told_and_rows_are_kept(
    tmp_path, record_property, whose
):
    home = tmp_path / "pki"
    home.mkdir()
    ours = Authority(home)
    good = {name: ours.sign("localhost", name) for name in ("broker", "gateway")}
    used = good | {whose: expired(ours, whose)}
    listener = "\n".join([
        f"cafile {ours.certificate}",
        f"certfile {home}/now.pem", f"keyfile {home}/now.key",
        "require_certificate true", "allow_anonymous true",
    ])  # fmt: skip
    swap(home, used["broker"])
    for path in (home, *home.iterdir()):
        path.chmod(0o755)
    tmp_path.chmod(0o755)
    mine = tmp_path / "mine"
    mine.mkdir()
    swap(mine, used["gateway"])
    entry = (
        f'{FAST}\nhost = "localhost"\nca_file = "{ours.certificate}"\n'
        f'certificate_file = "{mine}/now.pem"\nkey_file = "{mine}/now.key"'
    )
    with rig(tmp_path, mosquitto=listener, uplink=entry) as it, it.gateway:
        parts.wait_until(lambda: it.status.get("link_error"), 40)
        why = it.status["link_error"]
        it.grows(48)
        swap(home, good["broker"])
        swap(mine, good["gateway"])
        if whose == "broker":
            it.broker.stop()
            it.broker.start()
        parts.wait_until(lambda: it.status.get("link") == "asking", 60)
        waiting = it.status["waiting"]

    assert "expired" in why
    assert waiting >= 48
    record_property("figure", f"{waiting} rows kept, healed: {why[-70:]}")


def swap(folder, papers: Papers) -> None:
    (folder / "now.pem").write_bytes(papers.certificate.read_bytes())
    (folder / "now.key").write_bytes(papers.key.read_bytes())
