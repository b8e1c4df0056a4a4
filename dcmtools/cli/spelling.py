"""The spellings that argparse takes and Typer does not.

pynetdicom's apps are read by argparse, whose users may write ``-x=``, ``-k=PatientName=V``,
``-od=DIR`` and unambiguous abbreviations (``--acse 5``). `respell` turns such arguments
into the ones that Typer reads, and leaves all others as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

ADDITIONS = frozenset(
    (
        "--allow-address",
        "--allow-anonymous",
        "--allow-calling",
        "--allow-read",
        "--allow-write",
        "--attribute",
        "--cancel-after",
        "--charset",
        "--columns",
        "--connect-timeout",
        "--decompress",
        "--exec",
        "--exit-after",
        "--exit-after-associations",
        "--exit-idle",
        "--fail-empty",
        "--fail-fast",
        "--format",
        "--hook-parallel",
        "--hook-retries",
        "--hook-timeout",
        "--index",
        "--inject",
        "--inject-seed",
        "--journal",
        "--json",
        "--jwt-file",
        "--kerberos-file",
        "--level",
        "--log-identifier",
        "--max-associations",
        "--max-associations-per-address",
        "--max-object-size",
        "--max-results",
        "--max-size",
        "--min-free",
        "--names",
        "--no-password",
        "--no-phi",
        "--no-repair",
        "--on-existing",
        "--password-file",
        "--path-template",
        "--positive-response",
        "--prefer-proposed",
        "--probe",
        "--progress",
        "--promiscuous",
        "--queries",
        "--ready-file",
        "--rebuild",
        "--remove",
        "--request-timeout",
        "--require-called",
        "--retries",
        "--retry-delay",
        "--saml-file",
        "--sop-class",
        "--sort",
        "--store-bind",
        "--store-wait",
        "--study-timeout",
        "--sync",
        "--timeout",
        "--tls",
        "--tls-ca",
        "--tls-cert",
        "--tls-ciphers",
        "--tls-key",
        "--tls-key-password-file",
        "--tls-min-version",
        "--tls-no-verify",
        "--tls-require-client-cert",
        "--tls-server-name",
        "--user",
        "--users",
        "--verify",
        "--wait",
        "--webhook",
        "--webhook-token-file",
        "--workers",
        "--yes",
    )
)
"""Options that pynetdicom's apps do not have: they make none of their abbreviations ambiguous."""


class AmbiguousOptionError(ValueError):
    """An abbreviation stands for more than one option."""

    def __init__(self, given: str, matches: Sequence[str]) -> None:
        super().__init__(f"ambiguous option: {given} could match {', '.join(matches)}")


def respell(arguments: Sequence[str], options: Mapping[str, bool]) -> list[str]:
    """Return `arguments` in the spelling that Typer reads.

    `options` maps each spelling of each option (``-od``, ``--output-directory``) to whether it
    takes a value. Raises `AmbiguousOptionError`.
    """
    respelled: list[str] = []
    pending = iter(arguments)
    for argument in pending:
        if argument == "--":
            respelled += [argument, *pending]
        elif argument.startswith("-") and argument != "-":
            respelled += _respell_option(argument, options, pending)
        else:
            respelled.append(argument)
    return respelled


def _respell_option(argument: str, options: Mapping[str, bool], pending: Iterator[str]) -> list[str]:
    if argument in options:
        return [_long_spelling(argument, options), *_value(argument, options, pending)]
    name, equals, value = argument.partition("=")
    if not name.startswith("--") and name[:2] in options and name not in options:
        return _respell_cluster(argument, options, pending)
    name = _unabbreviated(name, options)
    if equals:
        # argparse's form for a one-letter option; Typer would keep the '='
        return [name, value] if options.get(name) else [argument]
    return [name, *_value(name, options, pending)]


def _respell_cluster(argument: str, options: Mapping[str, bool], pending: Iterator[str]) -> list[str]:
    """Split ``-vr`` into its flags, and ``-kVALUE`` or ``-k=VALUE`` into option and value."""
    flags: list[str] = []
    for position, letter in enumerate(argument[1:], start=1):
        option = f"-{letter}"
        if option not in options:
            return [argument]
        flags.append(option)
        if options[option]:
            attached = argument[position + 1 :].removeprefix("=")
            return (
                [*flags, attached]
                if argument[position + 1 :]
                else [*flags, *_value(option, options, pending)]
            )
    return flags


def _value(option: str, options: Mapping[str, bool], pending: Iterator[str]) -> list[str]:
    """Take the value of `option`, so that it is never read as an option itself."""
    if not options.get(option):
        return []
    following = next(pending, None)
    return [] if following is None else [following]


def _unabbreviated(name: str, options: Mapping[str, bool]) -> str:
    if name in options:
        return name
    matches = sorted(option for option in options if option.startswith(name))
    if len(matches) > 1:
        matches = [option for option in matches if option not in ADDITIONS] or matches
    if len(matches) > 1:
        raise AmbiguousOptionError(name, matches)
    return _long_spelling(matches[0], options) if matches else name


def _long_spelling(option: str, options: Mapping[str, bool]) -> str:
    # Typer cuts every option at its first '=', so it can never find '-x='
    return "--prefer-uncompr" if option == "-x=" and "--prefer-uncompr" in options else option
