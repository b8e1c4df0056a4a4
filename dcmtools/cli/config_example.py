"""What the manual pages show of the configuration file with the named peers."""

from __future__ import annotations

EXAMPLE = """\
[defaults]                     # options for all peers
calling_aet = "DESK"

[defaults.findscu]             # of one command
study = true

[peers]
ct = "CT1@192.0.2.7:104"

[peers.pacs]
host = "pacs.example.org"
port = 2762
called_aet = "ARCHIVE"
tls = true
tls_ca = "hospital.pem"        # in the folder of this file

[peers.pacs.storescu]          # of one command, for this peer
retries = 5
"""
"""A configuration file with all that it can have."""
