"""A PostgreSQL of the test's own, started like the servers of ``tests.parts``.

It refuses to run as root; then it runs as the user of the Debian package.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.parts import MissingPart, Part, free_port

PACKAGE: Final = "postgresql"
DATABASE: Final = "canhdong"
PASSWORD: Final = "nur-im-test"  # noqa: S105  of a server that lives for a test


@contextmanager
def postgres() -> Iterator[Part]:
    """Yield a server on a free port with user and database ``canhdong``.

    Its directory is not below pytest's, which only root may enter.
    """
    home = Path(tempfile.mkdtemp(prefix="canhdong-postgres-"))
    try:
        _give_away(home)
        _initialise(home)
        port = free_port()
        program, *arguments = _as_user([_program("postgres"), *_options(home, port)])
        log = home / "log"
        with Part(program, arguments, port=port, log=log, is_ready=_is_ready) as part:
            _psql(home, port, f"CREATE DATABASE {DATABASE}")
            yield part
    finally:
        shutil.rmtree(home)


def url_of(part: Part, passfile: Path, database: str = DATABASE) -> str:
    """What stands in province.toml; ``passfile`` is written as libpq wants it."""
    passfile.write_text(f"127.0.0.1:{part.port}:*:{DATABASE}:{PASSWORD}\n")
    passfile.chmod(0o600)
    where = f"{DATABASE}@127.0.0.1:{part.port}/{database}"
    return f"postgresql+psycopg://{where}?passfile={passfile}"


def _options(home: Path, port: int) -> list[str]:
    listen = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}"]
    sockets = ["-c", f"unix_socket_directories={home}"]
    return ["-D", f"{home}/data", *listen, *sockets]


def _initialise(home: Path) -> None:
    password = home / "password"
    password.write_text(PASSWORD + "\n")
    command = [
        *(_program("initdb"), "-D", f"{home}/data", "-U", DATABASE, "-E", "UTF8"),
        *("--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"),
        "--locale=C.UTF-8",
    ]
    subprocess.run(_as_user(command), check=True, capture_output=True, cwd=home)


def _psql(home: Path, port: int, statement: str) -> None:
    where = ["-h", "127.0.0.1", "-p", str(port), "-U", DATABASE, "-d", "postgres"]
    command = [_program("psql"), *where, "-c", statement]
    environment = {**os.environ, "PGPASSWORD": PASSWORD}
    subprocess.run(command, check=True, capture_output=True, env=environment, cwd=home)


def _is_ready(port: int) -> bool:
    """Whether it takes questions; after a kill it listens long before that."""
    command = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(command, check=False).returncode == 0


# --- who runs it -------------------------------------------------------------------


def _give_away(home: Path) -> None:
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)


def _as_user(command: Sequence[str]) -> list[str]:
    if os.geteuid() != 0:
        return list(command)
    user = pwd.getpwnam("postgres")
    ids = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    return ["setpriv", *ids, *command]


def _program(name: str) -> str:
    """Return the newest that Debian has; most are not in the PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which(name, path=":".join(map(str, places)))
    if found is None:
        msg = f"{name} is not installed: apt-get install {PACKAGE}"
        raise MissingPart(msg)
    return found
