"""The attributes that an index knows: those of PS3.4 tables C.6-1 to C.6-5 with a value, and usual others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pydicom.datadict import tag_for_keyword
from pydicom.tag import Tag

from dcmtools.dicom.element_name import ComponentError, format_element_name, parse_element_name, public_vr
from dcmtools.dicom.query import Level
from dcmtools.dicom.text import brief_text
from dcmtools.dicom.value_text import NUMBER_FORMATS, TEXT_VRS
from dcmtools.errors import InputError


class Attribute(NamedTuple):
    """An attribute of the entities of a level, and the column of their table that holds its text."""

    tag: int
    vr: str
    level: Level
    column: str

    @property
    def is_unique_key(self) -> bool:
        return self.tag == self.level.unique_key


_KEYWORDS = {
    Level.PATIENT: (
        "PatientName PatientID IssuerOfPatientID PatientBirthDate PatientBirthTime PatientSex"
        " OtherPatientIDs OtherPatientNames EthnicGroup PatientComments"
        " PatientSpeciesDescription PatientBreedDescription ResponsiblePerson"
    ),
    Level.STUDY: (
        "StudyInstanceUID StudyDate StudyTime AccessionNumber StudyID StudyDescription"
        " ReferringPhysicianName NameOfPhysiciansReadingStudy PhysiciansOfRecord RequestingPhysician"
        " AdmittingDiagnosesDescription PatientAge PatientSize PatientWeight Occupation"
        " AdditionalPatientHistory OtherStudyNumbers"
    ),
    Level.SERIES: (
        "SeriesInstanceUID Modality SeriesNumber SeriesDate SeriesTime SeriesDescription BodyPartExamined"
        " Laterality PatientPosition ProtocolName PerformingPhysicianName OperatorsName"
        " InstitutionName InstitutionalDepartmentName Manufacturer ManufacturerModelName StationName"
        " PerformedProcedureStepID PerformedProcedureStepDescription"
        " PerformedProcedureStepStartDate PerformedProcedureStepStartTime FrameOfReferenceUID"
    ),
    Level.IMAGE: (
        "SOPInstanceUID SOPClassUID InstanceNumber ContentDate ContentTime AcquisitionDate AcquisitionTime"
        " AcquisitionDateTime AcquisitionNumber InstanceCreationDate InstanceCreationTime ImageType"
        " ImageComments ContentLabel ContentDescription NumberOfFrames Rows Columns BitsAllocated"
    ),
}


def _known(keyword: str, level: Level) -> Attribute:
    tag = Tag(tag_for_keyword(keyword) or 0)
    return Attribute(int(tag), public_vr(tag) or "", level, keyword.lower())


STANDARD = tuple(_known(keyword, level) for level in Level for keyword in _KEYWORDS[level].split())
"""What every index knows."""

_MATCHABLE = TEXT_VRS | set(NUMBER_FORMATS) | {"AT"}


def parse_attribute(text: str) -> Attribute:
    """Return the further attribute that ``LEVEL.Keyword`` or ``LEVEL.(gggg,eeee)`` names.

    Its level is that of the entities which it describes, as in ``SERIES.ContrastBolusAgent``; a
    private attribute is taken for one of VR LO. Raises InputError.
    """
    name, dot, element = text.partition(".")
    if not dot or name not in list(Level):
        levels = ", ".join(Level)
        raise InputError(
            f"attribute '{brief_text(text)}': no level is named",
            hint=f"write LEVEL.Keyword, with one of the levels {levels}",
        )
    try:
        tag = parse_element_name(element)
    except ComponentError as exc:
        raise InputError(f"attribute '{brief_text(text)}': {exc.reason}", hint=exc.hint) from exc
    vr = (public_vr(tag) or "LO").split(" or ")[0]
    if vr not in _MATCHABLE:
        raise InputError(f"attribute '{brief_text(text)}': an attribute of VR {vr} has no text to index")
    keyword = format_element_name(tag)
    column = keyword.lower() if keyword.isalnum() else f"x{tag:08x}"
    return Attribute(int(tag), vr, Level(name), column)


def with_standard(further: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """Return the standard attributes and those of `further` that are none of them."""
    known = {attribute.tag: attribute for attribute in STANDARD}
    for attribute in further:
        known.setdefault(attribute.tag, attribute)
    return tuple(known.values())
