"""``dcmtools echoscp``."""

from __future__ import annotations

from dcmtools.cli.access import AccessOptions
from dcmtools.cli.console import Console
from dcmtools.cli.lifetime import LifetimeOptions
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import GeneralOptions, ListenPort, PreferredSyntaxOptions, ServerOptions
from dcmtools.cli.serving import serve_until_stopped, server_settings
from dcmtools.cli.tls import ServerTlsOptions
from dcmtools.errors import ExitCode
from dcmtools.net.echo import VERIFICATION
from dcmtools.net.server import Server


def echoscp(
    port: ListenPort,
    syntaxes: PreferredSyntaxOptions = PreferredSyntaxOptions(),
    network: ServerOptions = ServerOptions(ae_title="ECHOSCP"),
    access: AccessOptions = AccessOptions(),
    tls: ServerTlsOptions = ServerTlsOptions(),
    lifetime: LifetimeOptions = LifetimeOptions(),
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """Answer C-ECHO requests."""
    console = Console(set_up(general, "echoscp"))
    settings = server_settings(port, network, syntaxes, [VERIFICATION], tls=tls.server_tls())
    settings = access.restrict(settings)
    watch = lifetime.watch(console.show)
    return serve_until_stopped(lambda: Server(settings, watch.report), watch)
