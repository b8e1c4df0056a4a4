"""The TLS options of qrscp, which are keys of its configuration file as well."""

from __future__ import annotations

from dataclasses import dataclass

from dcmtools.cli.archive_options import SettingOptions
from dcmtools.cli.tls import ServerTlsOptions


@dataclass(frozen=True, kw_only=True)
class ArchiveTlsOptions(SettingOptions, ServerTlsOptions):
    """TLS of qrscp, as an SCP and towards the move destinations that have it."""

    heading = "TLS Options"

    def check(self) -> None:
        """Nothing: what is missing here may be in the configuration file."""
