"""``dcmtools users``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from dcmtools.cli.console import Console
from dcmtools.cli.identity import PASSWORD
from dcmtools.cli.logs import set_up
from dcmtools.cli.option_group import UsageError
from dcmtools.cli.options import GeneralOptions, flag
from dcmtools.cli.secret_values import password
from dcmtools.errors import ExitCode, InputError
from dcmtools.net.users import checked_name, hashed, read_users, write_user


def users(
    file: Annotated[Path, Argument(metavar="FILE", help="file of the users", show_default=False)],
    name: Annotated[
        str | None,
        Argument(metavar="[NAME]", help="user to add or change (default: list all)", show_default=False),
    ] = None,
    password_file: Annotated[
        Path | None,
        Option(
            "--password-file",
            metavar="FILE",
            help=f"file whose first line is the new password (default: the environment variable {PASSWORD})",
            show_default=False,
        ),
    ] = None,
    no_password: Annotated[bool, flag("--no-password", help="let the user in by the name alone")] = False,
    remove: Annotated[bool, flag("--remove", help="remove the user")] = False,
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """Add, change, remove and list the users whom an SCP with --users lets in.

    The file has one line for each: the name, a colon, and the password hashed with scrypt as
    $scrypt$ln=14,r=8,p=5$SALT$HASH (N is two to the power of ln; Base64 without padding), or nothing
    behind the colon for a user without a password. Lines that begin with # are comments. A running
    SCP sees changes at the next association. The password is never on the command line, where every
    user of the machine could see it.
    """
    if (password_file is not None) + no_password + remove > 1:
        raise UsageError("--password-file, --no-password and --remove exclude each other")
    if name is None and (password_file is not None or no_password or remove):
        raise UsageError("missing argument NAME")
    console = Console(set_up(general, "users"))
    if name is None:
        console.data(
            known if hash_ else f"{known} (no password)" for known, hash_ in sorted(read_users(file).items())
        )
        return ExitCode.OK
    if remove:
        if not write_user(file, name, None):
            raise InputError(f"{file}: there is no user '{name}'")
        return ExitCode.OK
    secret = None if no_password else password(password_file, PASSWORD)
    if secret is None and not no_password:
        raise InputError(
            "there is no password", hint=f"--password-file, or the environment variable {PASSWORD}"
        )
    changed = write_user(file, checked_name(name), "" if secret is None else hashed(secret))
    console.info(f"{file}: {name}: {'changed' if changed else 'added'}")
    return ExitCode.OK
