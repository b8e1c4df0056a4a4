"""What the manual pages say of the environment and of files: one table of each.

An entry is for the pages of the commands that have its option; without one it is for all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from dcmtools.cli.config_place import USUAL_PLACE, VARIABLE
from dcmtools.cli.hooks import TOKEN
from dcmtools.cli.identity import PASSWORD
from dcmtools.cli.tls import KEY_PASSWORD


class Entry(NamedTuple):
    """A variable or a file, what it is, and the spelling or variable of the option that goes with it."""

    name: str
    text: str
    option: str | None = None


VARIABLES = (
    Entry(PASSWORD, "password of the user where --password-file gives none", "--password-file"),
    Entry(
        KEY_PASSWORD,
        "password of the private key where --tls-key-password-file gives none",
        "--tls-key-password-file",
    ),
    Entry(
        TOKEN,
        "bearer token of webhooks where --webhook-token-file gives none",
        "--webhook-token-file",
    ),
    Entry(
        "XDG_CONFIG_HOME",
        f"folder in which dcmtools/config.toml is where neither --config nor {VARIABLE} names another file; "
        "only an absolute path counts (default: ~/.config)",
        VARIABLE,
    ),
    Entry(
        "APPDATA",
        "on Windows the folder in which dcmtools/config.toml is without XDG_CONFIG_HOME",
        VARIABLE,
    ),
    Entry(
        "SSL_CERT_FILE, SSL_CERT_DIR",
        "where OpenSSL looks for the authorities of the system, which are trusted without --tls-ca",
        "--tls-server-name",
    ),
    Entry(
        "PGPASSFILE, PGPASSWORD, PGSSLMODE, ...",
        "as for all programs that connect to PostgreSQL, where --database-location names such a database",
        "--database-location",
    ),
    Entry("TMPDIR", "folder for what programs of --exec write while they run", "--exec"),
    Entry("TMPDIR", "folder for what is stored and retrieved without --keep", "--keep"),
    Entry("NO_COLOR", "without colour, if it is not empty"),
    Entry("FORCE_COLOR", "with colour, if it is not empty and NO_COLOR is, wherever the output goes to"),
    Entry(
        "TERM",
        "without progress and colour, if it is dumb: the terminal can only write one line after another",
    ),
    Entry("COLUMNS", "width of the terminal in characters, whatever the terminal itself says"),
    Entry("WT_SESSION", "on Windows set by the Windows Terminal; progress and colour are only shown there"),
)
"""What is read from the environment, beside the values of options."""

FILES = (
    Entry(USUAL_PLACE, "named peers, and options for them; --config names another file", VARIABLE),
    Entry(
        "qrscp.ini",
        "what --config names: settings in the section DEFAULT, and a section for each move destination with "
        "its address and port. Every long option that is no work on the archive is a key, with underscores "
        "in place of hyphens. A file whose name ends in .toml has the same keys at the top, and destinations "
        "in tables such as [destinations.STORESCP]. Paths are relative to the folder of the file",
        "--database-location",
    ),
    Entry(
        "instances.sqlite",
        "the index of the archive; --database-location names another database",
        "--database-location",
    ),
    Entry(
        "instances/",
        "the objects of the archive as DICOM files; --instance-location names another folder",
        "--instance-location",
    ),
    Entry(
        "the file of --journal",
        "JSON lines: the peer in the first, then what became of each file, as soon as the peer has answered. "
        "A file is sent again when the journal does not say that it is stored, or its size, time of "
        "modification or SOP Instance UID is another one",
        "--journal",
    ),
    Entry(
        "the file of --users",
        "users who may connect; read again when it changes",
        "--users",
    ),
    Entry(
        "FILE",
        "UTF-8 text, a line NAME:$scrypt$ln=14,r=8,p=5$SALT$HASH for each user: scrypt (RFC 7914) of a "
        "cost of two to the power of ln, salt and hash in Base64 without padding. With nothing after the "
        "colon the name is enough. Empty lines and those that begin with # are passed over",
        "--no-password",
    ),
    Entry(
        "the file of --ready-file",
        "the port and a line feed; there in one piece while connections are accepted",
        "--ready-file",
    ),
    Entry(
        "<modality>.<SOP Instance UID>",
        "an object that was received, in the folder of --output-directory unless --path-template names it; "
        "<modality> is short for its SOP class, such as CT",
        "--ignore",
    ),
    Entry(
        ".dcmtools-<random>.part",
        "an object that is arriving, on file systems that know no files without a name; what a killed "
        "process has left is removed by the next one",
        "--on-existing",
    ),
    Entry("rsp000001.dcm, rsp000002.dcm, ...", "the matches, with --write", "--write"),
    Entry(
        "the file of --queries",
        "CSV in UTF-8, with commas, semicolons or tabs between the cells: keys in the first line, and a "
        "query in each other one. An empty cell is a key without a value, a line without any value is passed over",
        "--queries",
    ),
    Entry(
        "dcmtools-demo-*/",
        "what is stored and retrieved, in the folder for temporary files while the demo runs; --keep names a "
        "folder that stays",
        "--keep",
    ),
)
"""Files that are read or written, beside those that an option describes fully."""

ARCHIVE_EXAMPLE = """\
[DEFAULT]
ae_title: QRSCP
port: 11112
instance_location: instances
database_location: instances.sqlite
allow_calling: STORESCU, FINDSCU

# a move destination, named by its AE title
[STORESCP]
    address: 192.168.2.1
    port: 104
"""
"""A configuration file of an archive."""


def concerning(entries: Collection[Entry], names: Collection[str]) -> Iterator[Entry]:
    """Yield those of `entries` that are for a command whose options have these spellings and variables."""
    return (entry for entry in entries if entry.option is None or entry.option in names)
