"""The errors of the wire codec.

::

    DcmtoolsError
    └── WireError             bytes that are not what PS3.7 or PS3.8 asks for
        ├── PduError          a PDU, or a PDV in it, is malformed
        ├── CommandError      a command set cannot be read, or not be written
        ├── MessageError      fragments come in an order that makes no message
        └── FramingError      data cannot be cut into fragments as asked
"""

from __future__ import annotations

from dcmtools.errors import DcmtoolsError


class WireError(DcmtoolsError):
    """Base of all errors of the wire codec; after one, the stream it came from is of no more use."""


class PduError(WireError):
    """A PDU, or a presentation data value in it, is malformed (PS3.8 section 9.3)."""


class CommandError(WireError):
    """A command set cannot be decoded, or has a value that cannot be encoded (PS3.7 section 6.3)."""


class MessageError(WireError):
    """Fragments come in an order that makes no message (PS3.7 section 6.3.1, PS3.8 annex E)."""


class FramingError(WireError):
    """Data cannot be cut into fragments for the peer's maximum length (PS3.8 annex D.1)."""
