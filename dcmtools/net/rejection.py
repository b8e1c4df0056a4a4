"""Why an association was rejected, in words (PS3.8 section 9.3.4)."""

from __future__ import annotations

_NO_REASON = "either AE title may be unknown to the peer (-aec {called}, -aet {calling}); its log says more"
_REASONS: dict[tuple[int, int], tuple[str, str | None]] = {
    (1, 1): ("no reason given", _NO_REASON),
    (1, 2): ("application context name not supported", "the peer wants something else than DICOM"),
    (1, 3): (
        "calling AE title not recognised",
        "the peer does not know me as {calling}: -aet sets it",
    ),
    (1, 7): (
        "called AE title not recognised",
        "the peer knows itself by another AE title than {called}: -aec sets it",
    ),
    (2, 1): ("no reason given", _NO_REASON),
    (2, 2): ("protocol version not supported", "the peer wants another version of DICOM's protocol"),
    (3, 1): ("temporary congestion", "try again later"),
    (3, 2): ("local limit exceeded", "the peer has too many associations: try again later"),
}
REJECTED_TRANSIENT = 2
"""The result of a rejection that does not hold for ever."""

_RESULTS = {1: "permanently", REJECTED_TRANSIENT: "for now"}
_SOURCES = {1: "service user", 2: "service provider (ACSE)", 3: "service provider (presentation)"}


def rejection_reason(
    result: int | None,
    source: int | None,
    diagnostic: int | None,
    *,
    calling: str = "(mine)",
    called: str = "(its own)",
) -> tuple[str, str | None]:
    """Return what an A-ASSOCIATE-RJ with these values says, and a hint where there is one.

    `calling` and `called` are the AE titles of the request.
    """
    reason, hint = _REASONS.get((source or 0, diagnostic or 0), (f"reason {source}/{diagnostic}", None))
    duration = _RESULTS.get(result or 0, f"result {result}")
    if hint is not None:
        hint = hint.format(calling=calling, called=called)
    return f"{reason} (rejected {duration} by the {_SOURCES.get(source or 0, 'peer')})", hint
