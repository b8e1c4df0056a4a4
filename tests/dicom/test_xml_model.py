"""The Native DICOM Model (PS3.19 section A.1)."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from pydicom import Dataset, dcmread
from pydicom.data import get_charset_files

from dcmtools.dicom.identifier import build_identifier
from dcmtools.dicom.text import safe_text
from dcmtools.dicom.xml_model import NAMESPACE, xml_model

from .datasets import odd_datasets


def attributes(*keys: str) -> list[str]:
    lines = list(xml_model(build_identifier(keys)))
    assert lines[0] == f'<NativeDicomModel xmlns="{NAMESPACE}" xml:space="preserve">'
    assert lines[-1] == "</NativeDicomModel>"
    return lines[1:-1]


def test_values() -> None:
    assert attributes("ModalitiesInStudy=CT\\MR", "StudyDate", "PatientID=<&>\"'") == [
        '<DicomAttribute tag="00080020" vr="DA" keyword="StudyDate"></DicomAttribute>',
        '<DicomAttribute tag="00080061" vr="CS" keyword="ModalitiesInStudy">'
        '<Value number="1">CT</Value><Value number="2">MR</Value></DicomAttribute>',
        '<DicomAttribute tag="00100020" vr="LO" keyword="PatientID">'
        '<Value number="1">&lt;&amp;&gt;&quot;&#x27;</Value></DicomAttribute>',
    ]


def test_person_names() -> None:
    assert attributes("PatientName=Doe^Jane^^Dr^III=山田^太郎")[1] == (
        '<DicomAttribute tag="00100010" vr="PN" keyword="PatientName"><PersonName number="1">'
        "<Alphabetic><FamilyName>Doe</FamilyName><GivenName>Jane</GivenName>"
        "<NamePrefix>Dr</NamePrefix><NameSuffix>III</NameSuffix></Alphabetic>"
        "<Ideographic><FamilyName>山田</FamilyName><GivenName>太郎</GivenName></Ideographic>"
        "</PersonName></DicomAttribute>"
    )


def test_items() -> None:
    assert attributes("OtherPatientIDsSequence[0].PatientID=7") == [
        '<DicomAttribute tag="00101002" vr="SQ" keyword="OtherPatientIDsSequence">',
        '<Item number="1">',
        '<DicomAttribute tag="00100020" vr="LO" keyword="PatientID"><Value number="1">7</Value>'
        "</DicomAttribute>",
        "</Item>",
        "</DicomAttribute>",
    ]


def test_private_elements_name_their_creator() -> None:
    assert attributes("(0009,0011)=ACME", "(0009,1101):OB=00ff")[1] == (
        '<DicomAttribute tag="00090001" vr="OB" privateCreator="ACME">'
        "<InlineBinary>AP8=</InlineBinary></DicomAttribute>"
    )


def test_the_text_is_unicode_whatever_it_was() -> None:
    ds = dcmread(Path(get_charset_files("chrH31.dcm")[0]))
    found = ElementTree.fromstring("".join(xml_model(ds)))
    values = {each.get("tag"): "".join(each.itertext()) for each in found}
    assert values["00080005"] == "ISO_IR 192"
    assert "山田太郎" in values["00100010"]


def test_control_characters() -> None:
    """Those that XML has are references, the others U+FFFD."""
    ds = Dataset()
    ds.add_new(0x00104000, "LT", "a\x1b\x9b\u202e\r\nb")
    text = "".join(xml_model(ds))
    assert safe_text(text) == text
    (attribute,) = ElementTree.fromstring(text)
    assert "".join(attribute.itertext()) == "a\N{REPLACEMENT CHARACTER}\x9b\u202e\r\nb"


@given(odd_datasets())
def test_any_dataset(ds: Dataset) -> None:
    text = "\n".join(xml_model(ds))
    assert safe_text(text.replace("\n", "")) == text.replace("\n", "")
    assert len(ElementTree.fromstring(text)) == len(ds)
