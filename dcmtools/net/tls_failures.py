"""Why there is no TLS connection, in words, for either side of it."""

from __future__ import annotations

import ssl

_NO_COMMON_VERSION = "there is no TLS version that both sides speak"
_VERSION_HINT = "BCP 195 allows 1.2 and 1.3; --tls-min-version sets the lowest here"
_OWN_CERTIFICATE = "--tls-cert and --tls-key name mine"
_CA_HINT = "--tls-ca names a file with the authorities to trust"

_VERIFICATION: dict[int, tuple[str, str | None]] = {
    9: ("the certificate of the peer is not valid yet", "check the clocks"),
    10: ("the certificate of the peer has expired", None),
    18: ("the certificate of the peer is signed by itself, and not trusted", _CA_HINT),
    19: ("the certificate of the peer comes from an authority that is not trusted", _CA_HINT),
    20: ("the certificate of the peer comes from an authority that is not known", _CA_HINT),
    21: ("the certificate of the peer comes from an authority that is not known", _CA_HINT),
    23: ("the certificate of the peer is revoked", None),
    26: ("the certificate of the peer is for another purpose", None),
    62: ("the certificate of the peer is for another host", "--tls-server-name sets the name to expect"),
    64: ("the certificate of the peer is for another host", "--tls-server-name sets the name to expect"),
}
"""By the codes of X509_verify_cert_error_string(3)."""

_REASONS: dict[str, tuple[str, str | None]] = {
    # what was noticed here
    "WRONG_VERSION_NUMBER": ("the peer does not speak TLS", "is it the port for TLS?"),
    "HTTP_REQUEST": ("the peer does not speak TLS", None),
    "UNSUPPORTED_PROTOCOL": (_NO_COMMON_VERSION, _VERSION_HINT),
    "NO_SHARED_CIPHER": ("there is no cipher that both sides know", "--tls-ciphers sets those of TLS 1.2"),
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": ("the peer has no certificate", None),
    # what the peer says (RFC 8446 section 6.2)
    "TLSV1_ALERT_PROTOCOL_VERSION": (_NO_COMMON_VERSION, _VERSION_HINT),
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": ("the peer wants other ciphers", "--tls-ciphers sets them"),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": ("the peer wants a certificate", _OWN_CERTIFICATE),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "the peer refused the handshake",
        "it may want a certificate (--tls-cert), or other ciphers (--tls-ciphers)",
    ),
    "TLSV1_ALERT_UNKNOWN_CA": ("the peer does not know the authority of my certificate", _OWN_CERTIFICATE),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": ("the peer says that my certificate has expired", _OWN_CERTIFICATE),
    "SSLV3_ALERT_CERTIFICATE_REVOKED": ("the peer says that my certificate is revoked", _OWN_CERTIFICATE),
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": ("the peer does not accept my certificate", _OWN_CERTIFICATE),
    "SSLV3_ALERT_BAD_CERTIFICATE": ("the peer does not accept my certificate", _OWN_CERTIFICATE),
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": ("the peer does not accept my certificate", _OWN_CERTIFICATE),
    "TLSV1_ALERT_ACCESS_DENIED": ("the peer denies access", _OWN_CERTIFICATE),
    "TLSV1_UNRECOGNIZED_NAME": ("the peer has another name", "--tls-server-name sets the name to expect"),
}
"""By OpenSSL's names for the reasons."""


class TlsHandshakeError(OSError):
    """There is a connection, but no TLS on it; the cause is what the handshake raised."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.__cause__ = cause

    @property
    def is_silent(self) -> bool:
        """Whether the peer just went away or said nothing, as a port scan does."""
        return not isinstance(self.__cause__, ssl.SSLError) or isinstance(
            self.__cause__, ssl.SSLEOFError | ssl.SSLZeroReturnError
        )


def tls_failure(failure: TlsHandshakeError) -> tuple[str, str | None]:
    """Return why there is no TLS on a connection, and a hint where there is one."""
    cause = failure.__cause__
    if isinstance(cause, TimeoutError):
        return "the peer did not end the handshake within the time-out", None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _VERIFICATION.get(
            cause.verify_code, (f"the certificate of the peer is not valid: {cause.verify_message}", None)
        )
    if failure.is_silent:
        return "the peer closed the connection", "it may not speak TLS, or want a certificate (--tls-cert)"
    reason = getattr(cause, "reason", None) or str(cause)
    return _REASONS.get(reason, (reason.lower().replace("_", " "), None))
