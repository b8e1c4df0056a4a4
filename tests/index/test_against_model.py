"""All answers, on both databases, against those of a plain model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from dcmtools.dicom.query import PATIENT_ROOT, STUDY_ROOT, Level
from dcmtools.index.catalog import Catalog

from .instances import answers, question, tag_of, write_instance
from .model import ATTRIBUTES, COMPUTED, KNOWN, LEVELS, Archive

_NAMES = [
    "", "Doe^John", "DOE^JOHN^^", "Doe", "Doe^John^Q", "Doering^Jo", "Doe ^ John", "D_e^J%hn", "Müller^Jörg",
    "Muller^Jorg", "MÜLLER^JÖRG", "Yamada^Tarou=山田^太郎=やまだ^たろう", "=山田^花子",
    "Yamada^Hanako=山田^花子", "^John", "Doe\\Roe", "O'Neil^\"x\"",
]  # fmt: skip
_POOLS: dict[str, list[str]] = {
    "PatientID": ["", "P1", "p1", "P_1", "P%1", "P10", "P 1", "*"],
    "PatientName": _NAMES,
    "PatientBirthDate": ["", "19700101", "1970.01.01", "197001", "20000229"],
    "PatientComments": ["", "a\\b", "50% off_", " leading", "*"],
    "StudyDate": ["", "20200101", "20200102", "20201231", "2020.01.02", "never", "20200101\\20201231"],
    "StudyTime": ["", "07", "0727", "072730", "072730.5", "235959", "000000"],
    "AccessionNumber": ["", "A1", "A_1", "a1", "A1\\A2", "A%", "A11"],
    "StudyDescription": ["", "Head", "head", "100%", "H_ad", "Head\\Neck", "Ünïcode", "He?d"],
    "ReferringPhysicianName": _NAMES,
    "Modality": ["CT", "MR", "", "CT\\SR"],
    "SeriesNumber": ["", "1", "01", "+1", "2", "x"],
    "InstanceNumber": ["", "1", "2", "007"],
    "ImageType": ["", "ORIGINAL\\PRIMARY", "DERIVED\\SECONDARY"],
    "Rows": ["", "1", "512"],
    "SOPClassUID": ["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"],
}
_STUDIES = ["1.1", "1.2", "1.3", ""]
_SERIES = ["1.1.1", "1.1.2", "1.2.1", "1.3.1", ""]
_INSTANCES = [f"1.9.{number}" for number in range(6)]

_DATES = ["20200101", "20200101-20200102", "-20200102", "20200102-", "19700101", "20200229-20210101"]
_TIMES = ["07", "0727", "0700-0727", "072730", "0727-", "-072730", "072730-072730", "07-2359"]
_PATTERNS = {
    "PN": [
        *filter(None, _NAMES), "doe*", "Doe^*", "D?e^*", "*john", "*^J*", "d_e*", "d%*", "*", "?*", "山田*",
        "yamada^tarou", "*=山*",
        "*Ö*", "mül*", "doe^john", "^*", "Doe^*^*", "=山田^太郎", "Doe^^*", "?", "**e", "*n=", "Doe=^=",
    ],
    "LO": ["*", "?*", "P?1", "P*", "*1", "H*d", "%*", "_*", "*_*", "He?d", "*ï*", "P1 "],
    "DA": _DATES,
    "TM": _TIMES,
    "IS": ["1", "01", "2", "7", "+1"],
    "UI": ["1.2.840.10008.5.1.4.1.1.2", "9.9"],
    "CS": ["CT", "M*", "?T", "ORIG*", "SECONDARY", "*"],
}  # fmt: skip
_PATTERNS |= {
    "SH": ["A*", "?1", "A_*", "*%", "A2", "*"],
    "LT": ["*\\*", "* off_", "?leading", "*"],
    "US": ["1", "512"],
}

_TEXTS = {keyword: [text for text in pool if text] for keyword, pool in _POOLS.items()}
_UIDS = {"StudyInstanceUID": _STUDIES, "SeriesInstanceUID": _SERIES, "SOPInstanceUID": _INSTANCES}

_instances = st.fixed_dictionaries(
    {keyword: st.sampled_from(pool) for keyword, pool in (_POOLS | _UIDS).items()}
)


@st.composite
def _values(draw: st.DrawFn, keyword: str) -> list[str]:
    """What is matched against; mostly nothing."""
    if draw(st.integers(0, 3)):
        return [""]
    vr = KNOWN[keyword][1]
    if keyword in _UIDS:
        return draw(st.lists(st.sampled_from([uid for uid in _UIDS[keyword] if uid]), min_size=1, max_size=3))
    single = st.sampled_from(_PATTERNS[vr])
    if vr not in ("DA", "TM", "IS", "US", "PN") and keyword in _TEXTS:
        single |= st.sampled_from([part for text in _TEXTS[keyword] for part in text.split("\\")])
    return [draw(single)]


@st.composite
def _questions(draw: st.DrawFn) -> dict[str, Any]:
    level = draw(st.sampled_from(LEVELS))
    keywords = draw(st.lists(st.sampled_from(sorted(KNOWN)), min_size=1, max_size=5, unique=True))
    return {
        "level": level,
        "study_root": level != "PATIENT" and draw(st.booleans()),
        "combined": draw(st.booleans()),
        "keys": {keyword: draw(_values(keyword)) for keyword in keywords},
    }


@given(
    instances=st.lists(_instances, min_size=1, max_size=8),
    questions=st.lists(_questions(), min_size=1, max_size=12),
)
def test_answers_are_those_of_the_model(
    catalog: Catalog, folder: Path, instances: list[dict[str, str]], questions: list[dict[str, Any]]
) -> None:
    catalog.clear()
    model = Archive()
    for values in instances:
        path = folder / values["SOPInstanceUID"]
        catalog.add(write_instance(path, character_set="ISO_IR 192", **values))
        model.add({keyword: _expected(keyword, text) for keyword, text in values.items()})

    for asked in questions:
        keys = dict(sorted(asked["keys"].items(), key=lambda item: tag_of(item[0])))
        query = question(
            Level(asked["level"]),
            STUDY_ROOT if asked["study_root"] else PATIENT_ROOT,
            relational=True,
            combined=asked["combined"],
            **keys,
        )
        expected = sorted(model.find(asked["level"], keys, combined=asked["combined"]))
        event(f"{min(len(expected), 3)} or more matches" if expected else "no match")
        assert answers(catalog, query) == expected, asked


def _expected(keyword: str, text: str) -> str:
    """The text of a value as it is to be shown: without padding."""
    vr = ATTRIBUTES[keyword][1]
    return text.rstrip(" ") if vr == "LT" else text.strip(" ")


def test_the_model_knows_what_the_tests_ask_for() -> None:
    assert set(_POOLS) | set(_UIDS) == set(ATTRIBUTES)
    assert not set(ATTRIBUTES) & set(COMPUTED)
