from __future__ import annotations

import pytest

from dcmtools.net.hooks.targets import HookFailedError
from dcmtools.net.hooks.webhooks import Webhook

from .web_server import web_server

DOCUMENT = b'{"version": 1}'


def failure(target: Webhook) -> str:
    with pytest.raises(HookFailedError) as error:
        target.deliver(DOCUMENT, 10)
    return str(error.value)


def test_a_webhook_gets_the_document() -> None:
    with web_server() as (url, posted):
        Webhook(f"{url}/hook/204", "secret").deliver(DOCUMENT, 10)
    [(path, headers, body)] = posted
    assert (path, body) == ("/hook/204", DOCUMENT)
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize("status", [302, 400, 503])
def test_a_webhook_that_is_refused(status: int) -> None:
    with web_server() as (url, posted):
        assert failure(Webhook(f"{url}/{status}")).startswith(f"HTTP status {status} ")
    assert len(posted) == 1


def test_a_webhook_where_nobody_listens() -> None:
    assert "refused" in failure(Webhook("http://127.0.0.1:1/"))
