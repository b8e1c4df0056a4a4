"""The errors of dcmtools and the exit status of each.

::

    DcmtoolsError
    ├── InputError                something that the caller gave cannot be used
    │   ├── KeywordPathError      -k: a keyword path that cannot be read
    │   └── FileError             names the file
    │       ├── ConfigurationError    is a configuration file that cannot be read, or has a wrong key
    │       ├── JournalError          is a journal that cannot be read or written, or of another peer
    │       ├── UserFileError         is a file of users that cannot be read or written
    │       ├── UnreadableFileError   cannot be opened or read
    │       ├── CertificateError      has no certificate or private key for TLS that can be used
    │       ├── NotDicomError         is not a DICOM file
    │       ├── DicomdirError         is a DICOMDIR: a directory of files, not an SOP Instance
    │       ├── MalformedFileError    is DICOM, but its elements make no sense
    │       ├── UnidentifiedFileError is DICOM, but lacks a UID that sending needs
    │       ├── TruncatedFileError    ends in the middle of an element
    │       └── ConversionError       cannot be converted to the transfer syntax
    ├── StorageError              a received SOP Instance cannot be kept; carries the DIMSE status
    ├── CatalogError              the index of an archive cannot be used; names its location
    ├── ListenError               the port cannot be listened on
    ├── TimeLimitError            the work was not done within the time that it was given
    └── AssociationError          names the peer
        ├── UnknownHostError
        ├── ConnectionFailedError     refused, unreachable, timed out
        │   └── TlsFailedError        connected, but there is no TLS between the two
        ├── AssociationRejectedError
        ├── AssociationAbortedError   aborted by the peer, or the connection was lost
        ├── AssociationTimeoutError   no answer within a time-out
        ├── IdentityNotConfirmedError the peer did not confirm the identity of the user
        └── NoContextError            the peer accepted no presentation context for the work
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from os import PathLike, fspath


class ExitCode(enum.IntEnum):
    """Exit status of every command (documented in README and in each ``--help``)."""

    OK = 0  # all that was asked was done
    FAILURE = 1  # nothing was done: no association, bad input, refused
    USAGE = 2  # the command line is wrong
    PARTIAL = 3  # done in part
    INTERRUPTED = 130  # Ctrl-C
    TERMINATED = 143  # SIGTERM; a server ends with OK


class DcmtoolsError(Exception):
    """Base of all errors that end as one line on stderr.

    `message` says what is wrong and names the file, option or peer; `hint`, where there
    is one, says what to do next.
    """

    exit_code = ExitCode.FAILURE

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class InputError(DcmtoolsError):
    """Something that the caller gave cannot be used."""


class KeywordPathError(InputError):
    """A keyword path (``-k``) cannot be read.

    `path` is the text as given, `component` the part that is wrong, `reason` says why.
    """

    def __init__(self, path: str, component: str, reason: str, *, hint: str | None = None) -> None:
        where = "" if component == path else f" at '{component}'"
        super().__init__(f"invalid key '{path}'{where}: {reason}", hint=hint)
        self.path = path
        self.component = component
        self.reason = reason


class FileError(InputError):
    """A file cannot be used; `path` names it, `reason` says why."""

    def __init__(self, path: str | PathLike[str], reason: str, *, hint: str | None = None) -> None:
        super().__init__(f"{fspath(path)}: {reason}", hint=hint)
        self.path = fspath(path)
        self.reason = reason


class ConfigurationError(FileError):
    """A configuration file is missing, is not what its syntax asks for, or has a wrong key or value."""


class JournalError(FileError):
    """A journal of sending cannot be used: read, locked or written, or it is of another peer."""


class UserFileError(FileError):
    """A file of users and hashed passwords cannot be read or written, or has a line that means nothing."""


class UnreadableFileError(FileError):
    """The file cannot be opened or read."""


class CertificateError(FileError):
    """The file has no certificate or private key for TLS, or none that can be used."""


class NotDicomError(FileError):
    """The file is not a DICOM file."""


class DicomdirError(FileError):
    """The file is a DICOMDIR (PS3.10 section 8), which is not an SOP Instance to send."""


class MalformedFileError(FileError):
    """The file is DICOM, but its dataset is not encoded as PS3.5 section 7 has it."""


class UnidentifiedFileError(FileError):
    """The file is DICOM, but has no valid SOP Class, SOP Instance or Transfer Syntax UID."""


class TruncatedFileError(FileError):
    """The file ends in the middle of an element."""


class ConversionError(FileError):
    """The dataset cannot be converted to the transfer syntax that was accepted."""


class StorageError(DcmtoolsError):
    """A received SOP Instance cannot be kept; `status` is the C-STORE status (PS3.4 B.2.3)."""

    def __init__(self, message: str, status: int, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class CatalogError(DcmtoolsError):
    """The index of an archive cannot be opened, read or written; `location` is its file or URL."""

    def __init__(self, location: str, reason: str, *, hint: str | None = None) -> None:
        super().__init__(f"{location}: {reason}", hint=hint)
        self.location = location
        self.reason = reason


class ListenError(DcmtoolsError):
    """The address or port cannot be listened on."""


class TimeLimitError(DcmtoolsError):
    """The work was not done within the time that it was given."""


class AssociationError(DcmtoolsError):
    """There is no association with the peer, or no longer; `peer` is ``host:port``."""

    def __init__(self, peer: str, reason: str, *, hint: str | None = None) -> None:
        super().__init__(f"{peer}: {reason}", hint=hint)
        self.peer = peer
        self.reason = reason


class UnknownHostError(AssociationError):
    """The host name cannot be resolved."""


class ConnectionFailedError(AssociationError):
    """The TCP connection was refused, timed out or found no route."""


class TlsFailedError(ConnectionFailedError):
    """There is a TCP connection, but the two sides do not agree on TLS, or do not trust each other."""


class AssociationRejectedError(AssociationError):
    """The peer answered with an A-ASSOCIATE-RJ (PS3.8 section 9.3.4); `is_transient` if for now only."""

    def __init__(
        self, peer: str, reason: str, *, hint: str | None = None, is_transient: bool = False
    ) -> None:
        super().__init__(peer, reason, hint=hint)
        self.is_transient = is_transient


class AssociationAbortedError(AssociationError):
    """The association was aborted, or the connection lost."""


class AssociationTimeoutError(AssociationError):
    """The peer did not answer within the time-out."""


class IdentityNotConfirmedError(AssociationError):
    """The peer accepted the association and not, as was asked for, the identity of the user."""


class NoContextError(AssociationError):
    """The peer accepted none of the presentation contexts that the work needs.

    `refused` are the transfer syntaxes that were proposed, by their SOP class.
    """

    def __init__(
        self,
        peer: str,
        reason: str,
        *,
        hint: str | None = None,
        refused: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        super().__init__(peer, reason, hint=hint)
        self.refused = refused or {}
