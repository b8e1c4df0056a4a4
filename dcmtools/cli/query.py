"""The options of commands that send an Identifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from dcmtools.cli.option_group import OptionGroup, UsageError, exclude
from dcmtools.cli.options import flag
from dcmtools.dicom.identifier import build_identifier
from dcmtools.errors import FileError, InputError
from dcmtools.net.models import InformationModel

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, kw_only=True)
class QueryOptions(OptionGroup):
    """The Identifier: keys on the command line, over those of a file."""

    heading = "Query Options"
    keyword: Annotated[
        list[str],
        Option(
            "-k",
            "--keyword",
            metavar="KEY[=VALUE]",
            help="key to match or to return, by keyword or (gggg,eeee), in sequences as Sequence[0].Keyword; "
            "overrides that of the file",
            show_default=False,
        ),
    ] = field(default_factory=list)
    file: Annotated[
        Path | None,
        Option("-f", "--file", metavar="FILE", help="take the keys of a DICOM file", show_default=False),
    ] = None
    charset: Annotated[
        str | None,
        Option(
            "--charset",
            metavar="TERM",
            help="Specific Character Set of the query (default: ISO_IR 192 where ASCII is not enough)",
            show_default=False,
        ),
    ] = None

    def check(self) -> None:
        """Refuse a query without keys."""
        if not self.keyword and self.file is None:
            raise UsageError("-f and/or -k must be specified")

    def identifier(self) -> Dataset:
        """Return the Identifier; raises InputError."""
        return self.build(self.keyword)

    def build(self, keys: Sequence[str]) -> Dataset:
        """Return the Identifier with `keys` over those of the file; raises InputError."""
        try:
            return build_identifier(keys, self.file, self.charset)
        except FileError as exc:
            raise InputError(f"Cannot read input file {exc.path}: {exc.reason}", hint=exc.hint) from exc


@dataclass(frozen=True, kw_only=True)
class RetrievalModelOptions(OptionGroup):
    """The information model of a retrieval."""

    heading = "Query Information Model Options"
    patient: Annotated[bool, flag("-P", "--patient", help="use the patient root model (default)")] = False
    study: Annotated[bool, flag("-S", "--study", help="use the study root model")] = False
    psonly: Annotated[bool, flag("-O", "--psonly", help="use the patient/study only model")] = False

    def check(self) -> None:
        """Refuse what excludes each other."""
        exclude(self, **_MODEL_SPELLINGS)

    @property
    def model(self) -> InformationModel:
        """The model that was asked for."""
        if self.study:
            return InformationModel.STUDY_ROOT
        return InformationModel.PATIENT_STUDY_ONLY if self.psonly else InformationModel.PATIENT_ROOT


_MODEL_SPELLINGS = {"patient": "-P/--patient", "study": "-S/--study", "psonly": "-O/--psonly"}


@dataclass(frozen=True, kw_only=True)
class QueryModelOptions(RetrievalModelOptions):
    """The information model of a query."""

    worklist: Annotated[bool, flag("-W", "--worklist", help="use the modality worklist model")] = False
    ups: Annotated[bool, flag("-U", "--ups", help="use the unified procedure step pull model")] = False

    def check(self) -> None:
        """Refuse what excludes each other."""
        exclude(self, **_MODEL_SPELLINGS, worklist="-W/--worklist", ups="-U/--ups")

    @property
    def model(self) -> InformationModel:
        """The model that was asked for."""
        if self.worklist:
            return InformationModel.WORKLIST
        return InformationModel.UPS if self.ups else super().model


@dataclass(frozen=True, kw_only=True)
class QueryNegotiationOptions(OptionGroup):
    """What a C-FIND asks for in extended negotiation (PS3.4 C.5.1.1, K.5.1.1)."""

    heading = "Extended Negotiation Options"
    relational_query: Annotated[bool, flag("--relational-query", help="request relational queries")] = False
    dt_matching: Annotated[bool, flag("--dt-matching", help="request combined date-time matching")] = False
    fuzzy_names: Annotated[bool, flag("--fuzzy-names", help="request fuzzy matching of person names")] = False
    timezone_adj: Annotated[bool, flag("--timezone-adj", help="request timezone adjustment")] = False
    enhanced_conversion: Annotated[
        bool, flag("--enhanced-conversion", help="request enhanced multi-frame image conversion")
    ] = False

    def flags(self, model: InformationModel) -> tuple[bool, ...]:
        """Return the application information for `model`, one byte a flag; empty: nothing is asked for."""
        if model is not InformationModel.WORKLIST:
            return (
                self.relational_query,
                self.dt_matching,
                self.fuzzy_names,
                self.timezone_adj,
                self.enhanced_conversion,
            )
        # a worklist is always relational and matches date and time combined (PS3.4 table K.5-1)
        return (
            (True, True, self.fuzzy_names, self.timezone_adj) if self.fuzzy_names or self.timezone_adj else ()
        )


@dataclass(frozen=True, kw_only=True)
class RetrievalNegotiationOptions(OptionGroup):
    """What a C-GET or C-MOVE asks for in extended negotiation (PS3.4 C.5.2.1, C.5.3.1)."""

    heading = "Extended Negotiation Options"
    relational_retrieval: Annotated[
        bool, flag("--relational-retrieval", help="request relational retrieval")
    ] = False
    enhanced_conversion: Annotated[
        bool, flag("--enhanced-conversion", help="request enhanced multi-frame image conversion")
    ] = False

    def flags(self) -> tuple[bool, ...]:
        """Return the application information, one byte a flag."""
        return self.relational_retrieval, self.enhanced_conversion
