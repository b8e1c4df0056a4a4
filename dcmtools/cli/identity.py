"""The options of user identity negotiation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import Option

from dcmtools.cli.option_group import OptionGroup, UsageError, exclude
from dcmtools.cli.options import flag
from dcmtools.cli.secret_values import password, secret_file
from dcmtools.net.identity import IdentityType, UserIdentity

PASSWORD = "DCMTOOLS_PASSWORD"  # noqa: S105 - the name of a variable
"""The environment variable that has the password of the user where no file has it."""


@dataclass(frozen=True, kw_only=True)
class IdentityOptions(OptionGroup):
    """As which user an SCU asks for the association."""

    heading = "User Identity Options"
    user: Annotated[
        str | None,
        Option("--user", metavar="NAME", help="ask as this user", show_default=False),
    ] = None
    password_file: Annotated[
        Path | None,
        Option(
            "--password-file",
            metavar="FILE",
            help=f"file whose first line is the password of the user (default: the environment variable "
            f"{PASSWORD}, and no password without it)",
            show_default=False,
        ),
    ] = None
    kerberos_file: Annotated[
        Path | None,
        Option(
            "--kerberos-file",
            metavar="FILE",
            help="ask with the Kerberos service ticket in this file",
            show_default=False,
        ),
    ] = None
    saml_file: Annotated[
        Path | None,
        Option(
            "--saml-file",
            metavar="FILE",
            help="ask with the SAML assertion in this file",
            show_default=False,
        ),
    ] = None
    jwt_file: Annotated[
        Path | None,
        Option(
            "--jwt-file",
            metavar="FILE",
            help="ask with the JSON web token in this file",
            show_default=False,
        ),
    ] = None
    positive_response: Annotated[
        bool,
        flag("--positive-response", help="let the peer confirm the identity; it is a failure if it does not"),
    ] = False

    def check(self) -> None:
        """Refuse what excludes each other, or means nothing alone."""
        exclude(
            self,
            user="--user",
            kerberos_file="--kerberos-file",
            saml_file="--saml-file",
            jwt_file="--jwt-file",
        )
        if self.user == "":
            raise UsageError("argument --user: a user has a name")
        if self.password_file and not self.user:
            raise UsageError("argument --password-file: only with --user")
        if self.positive_response and not (
            self.user or self.kerberos_file or self.saml_file or self.jwt_file
        ):
            raise UsageError("argument --positive-response: there is no identity to confirm")

    def identity(self) -> UserIdentity | None:
        """Return the identity, None if there is none to send.

        Raises UnreadableFileError, and InputError for what cannot be sent.
        """
        if self.user:
            secret = password(self.password_file, PASSWORD)
            kind = IdentityType.USERNAME if secret is None else IdentityType.USERNAME_AND_PASSCODE
            return UserIdentity(kind, self.user.encode(), secret or b"", self.positive_response)
        if self.kerberos_file:
            return self._of(IdentityType.KERBEROS, secret_file(self.kerberos_file))
        if self.saml_file:
            return self._of(IdentityType.SAML, secret_file(self.saml_file))
        if self.jwt_file:
            return self._of(IdentityType.JWT, secret_file(self.jwt_file).strip())
        return None

    def _of(self, kind: IdentityType, secret: bytes) -> UserIdentity:
        return UserIdentity(kind, secret, wants_response=self.positive_response)
