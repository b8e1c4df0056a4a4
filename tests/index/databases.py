"""The databases that an index is tested on: a new one for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy

from ..ports import free_port

_DEBIAN = Path("/usr/lib/postgresql")  # where the programs of a server are that are not on the PATH
_SUPERUSER = "postgres"  # the user of the system that PostgreSQL runs as, for it does not run as root


class PostgreSQL:
    """A running server, reached over TCP."""

    def __init__(self, port: int) -> None:
        self._server = f"postgresql+psycopg://{_SUPERUSER}@127.0.0.1:{port}"

    @contextmanager
    def database(self, encoding: str = "UTF8") -> Iterator[str]:
        """The URL of an empty database, which is emptied again."""
        name = f"index_{encoding.lower()}"
        existing = f"SELECT true FROM pg_database WHERE datname = '{name}'"
        with self._connection("postgres") as connection:
            if not connection.scalar(sqlalchemy.text(existing)):
                create = f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'"
                connection.execute(sqlalchemy.text(create))
        yield f"{self._server}/{name}"
        with self._connection(name) as connection:
            connection.execute(sqlalchemy.text("DROP SCHEMA public CASCADE"))
            connection.execute(sqlalchemy.text("CREATE SCHEMA public"))

    @contextmanager
    def _connection(self, database: str) -> Iterator[sqlalchemy.Connection]:
        engine = sqlalchemy.create_engine(f"{self._server}/{database}", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection
        engine.dispose()


def missing() -> str | None:
    """Return why PostgreSQL cannot be started here, None when it can."""
    if _program("initdb") is None or _program("pg_ctl") is None:
        return "PostgreSQL's initdb and pg_ctl are not installed"
    return None


def _program(name: str) -> str | None:
    """Return the path of a program of the server, of its latest version where Debian has several."""
    installed = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return shutil.which(name) or next((str(path) for path in reversed(installed)), None)


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a server, in a folder of its own: pytest's are closed to other users of the system."""
    with tempfile.TemporaryDirectory(prefix="dcmtools-postgresql-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port()
        data = folder / "data"
        if os.geteuid() == 0:
            shutil.chown(folder, _SUPERUSER)
        _run("initdb", "-D", data, "-U", _SUPERUSER, "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        _run("pg_ctl", "-D", data, "-o", settings, "-l", folder / "log", "-w", "start")
        try:
            yield PostgreSQL(port)
        finally:
            _run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _run(*command: str | Path) -> None:
    as_user = ["runuser", "-u", _SUPERUSER, "--"] if os.geteuid() == 0 else []
    program, *arguments = command
    command = (_program(str(program)) or program, *arguments)
    done = subprocess.run([*as_user, *command], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
