"""The database of an index: SQLite or PostgreSQL, and its tables in the version that this program knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from dcmtools.dicom.storing import Sync
from dcmtools.errors import CatalogError
from dcmtools.index.schema import VERSION, Schema

_BUSY_TIMEOUT = 60.0  # seconds that a process waits for another's transaction
_POOLED, _MOST_CONNECTIONS = 8, 64
_REMEMBERED_STATEMENTS = 100  # each takes some 40 KB, and every set of keys makes another one
_OLDEST_SQLITE = (3, 35)  # which can say what number a new row has
_SCHEMA_LOCK = 0x64636D74  # any number that no other program locks

WRITING = "dcmtools_writing"
"""The execution option of a connection whose transactions write from their beginning on."""


def connect(location: str, sync: Sync) -> Engine:
    """Return the engine for a file name or URL; raises CatalogError. Nothing is opened yet."""
    url = _url(location)
    options: dict[str, Any] = {
        "poolclass": QueuePool,
        "pool_size": _POOLED,
        "max_overflow": _MOST_CONNECTIONS - _POOLED,
        "query_cache_size": _REMEMBERED_STATEMENTS,
    }
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite and sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise CatalogError(location, f"needs SQLite 3.35 or later, this is {sqlite3.sqlite_version}")
    try:
        if is_sqlite:
            engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT}, **options)
        else:
            engine = create_engine(url, pool_pre_ping=True, **options)
    except ImportError as exc:
        hint = "install dcmtools[postgresql]"
        raise CatalogError(shown(location), "needs the Python package psycopg", hint=hint) from exc
    except (SQLAlchemyError, ValueError) as exc:
        raise CatalogError(shown(location), first_line(exc)) from exc
    if is_sqlite:
        _tune_sqlite(engine, sync)
    else:
        _tune_postgresql(engine, sync)
    return engine


def shown(location: str) -> str:
    """Return a location as it may be shown: without a password."""
    if "://" not in location:
        return location
    try:
        return make_url(location).render_as_string(hide_password=True)
    except ArgumentError:
        return location.partition("://")[0] + "://…"


def prepare(engine: Engine, schema: Schema, location: str, *, renew: bool) -> None:
    """Create the tables, or check that they are those of `schema`; attributes that are new to them are added.

    With `renew` the tables of another version of an index make room for empty ones. Raises
    CatalogError.
    """
    with (
        translated(location),
        engine.connect().execution_options(**{WRITING: True}) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            _prepare_postgresql(connection, location)
        existing = set(inspect(connection).get_table_names()) & set(schema.metadata.tables)
        if existing:
            version = _version(connection, schema) if "catalog" in existing else None
            if version == VERSION:
                _add_columns(connection, schema)
                return
            if version is None:
                raise CatalogError(location, "holds tables of another program", hint="give another location")
            if not renew:
                reason = f"is an index of version {version}, and this program knows {VERSION}"
                raise CatalogError(location, reason, hint="give another location, or rebuild the index")
            schema.metadata.drop_all(connection)
        schema.metadata.create_all(connection)
        connection.execute(insert(schema.catalog).values(version=VERSION))


@contextmanager
def translated(location: str) -> Iterator[None]:
    """Raise CatalogError for what goes wrong in the database."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as exc:
        raise CatalogError(location, first_line(exc)) from exc


def first_line(exc: BaseException) -> str:
    """Return what an error of a database says, on one line."""
    if isinstance(exc, DBAPIError) and exc.orig is not None:
        exc = exc.orig
    return next((line.strip() for line in str(exc).splitlines() if line.strip()), type(exc).__name__)


def _url(location: str) -> URL:
    if "://" not in location:
        return URL.create("sqlite", database=str(Path(location)))
    try:
        url = make_url(location)
        backend = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError) as exc:
        raise CatalogError(shown(location), "is no valid database URL") from exc
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise CatalogError(shown(location), "is neither a SQLite nor a PostgreSQL database")
    if not url.database or url.database == ":memory:":
        raise CatalogError(location, "an index in memory cannot be shared", hint="name a file")
    return url


def _tune_sqlite(engine: Engine, sync: Sync) -> None:
    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {'OFF' if sync is Sync.NONE else 'FULL'}",
            "foreign_keys = ON",
            "cache_size = -8192",  # KiB
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # to write from the beginning on is to wait for other writers; from the middle on, it may fail
        if connection.get_execution_options().get(WRITING):
            driver = cast(sqlite3.Connection, connection.connection.driver_connection)
            driver.execute("BEGIN IMMEDIATE").close()


def _tune_postgresql(engine: Engine, sync: Sync) -> None:
    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")  # it takes longer to compile a search than to run it
            if sync is Sync.NONE:
                cursor.execute("SET synchronous_commit = off")
        connection.commit()


def _prepare_postgresql(connection: Connection, location: str) -> None:
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise CatalogError(
            location, f"has the encoding {encoding}, and not all text fits in", hint="use UTF8"
        )
    # two processes cannot create one table at once
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})"))


def _version(connection: Connection, schema: Schema) -> int | None:
    columns = {column["name"] for column in inspect(connection).get_columns("catalog")}
    if columns != {"version"}:
        return None
    return connection.execute(select(schema.catalog.c.version)).scalar()


def _add_columns(connection: Connection, schema: Schema) -> None:
    """Add the columns of attributes that were not known when the tables were created."""
    known = inspect(connection)
    dialect = connection.dialect
    for table in schema.metadata.sorted_tables:
        names = {column["name"] for column in known.get_columns(table.name)}
        for column in table.c:
            if column.name not in names:
                name = dialect.identifier_preparer.quote(column.name)
                kind = column.type.compile(dialect)
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {name} {kind}"))
