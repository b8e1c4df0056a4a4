"""Web services that are told of an occasion."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dcmtools.net.hooks.targets import HookFailedError


@dataclass(frozen=True)
class Webhook:
    """A URL that the document is posted to; any 2xx response counts as delivered.

    `token` is sent as a bearer token (RFC 6750 section 2.1).
    """

    url: str
    token: str | None = None

    def __str__(self) -> str:
        return self.url

    def deliver(self, document: bytes, timeout: float) -> None:
        """Post the document; `timeout` is for each step of the exchange."""
        headers = {"Content-Type": "application/json", "User-Agent": "dcmtools"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        request = Request(self.url, document, headers)  # noqa: S310 - the scheme was checked
        try:
            with _OPENER.open(request, timeout=timeout):
                pass
        except HTTPError as exc:
            with exc:
                raise HookFailedError(f"HTTP status {exc.code} {exc.reason}") from None
        except URLError as exc:
            raise HookFailedError(str(exc.reason)) from exc
        except (OSError, http.client.HTTPException) as exc:
            raise HookFailedError(str(exc) or type(exc).__name__) from exc


class _NoRedirects(HTTPRedirectHandler):
    """A redirected POST would become a GET without the document."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = build_opener(_NoRedirects)
