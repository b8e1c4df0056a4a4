from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.file_names import file_name

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
HOSTILE_UIDS = [
    "",
    ".",
    "..",
    "../x",
    "../../x",
    "/etc/passwd",
    "a\0b",
    "1.2\n",
    "1.2 ",
    "1" * 65,
    "1" * 300,
    "-rf",
    "abc",
    "a/b",
    "a\\b",
    "C:x",
    "1.2.é",
    "\uff11.\uff12",
    "\ud800",
    "~",
    "$(id)",
    "[red]",
    "\x1b[2J",
]


@pytest.mark.parametrize(
    ("sop_class", "prefix"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", "CT"),
        ("1.2.840.10008.5.1.4.1.1.2.1", "CTE"),
        ("1.2.840.10008.5.1.4.1.1.4", "MR"),
        ("1.2.840.10008.5.1.4.1.1.4.1", "MRE"),
        ("1.2.840.10008.5.1.4.1.1.128", "PT"),
        ("1.2.840.10008.5.1.4.1.1.130", "PTE"),
        ("1.2.840.10008.5.1.4.1.1.481.1", "RI"),
        ("1.2.840.10008.5.1.4.1.1.481.2", "RD"),
        ("1.2.840.10008.5.1.4.1.1.481.5", "RP"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "RS"),
        ("1.2.840.10008.5.1.4.1.1.1", "CR"),
        ("1.2.840.10008.5.1.4.1.1.6.1", "US"),
        ("1.2.840.10008.5.1.4.1.1.6.2", "USE"),
        ("1.2.840.10008.5.1.4.1.1.12.1", "XA"),
        ("1.2.840.10008.5.1.4.1.1.12.1.1", "XAE"),
        ("1.2.840.10008.5.1.4.1.1.20", "NM"),
        ("1.2.840.10008.5.1.4.1.1.7", "SC"),
        ("1.2.840.10008.5.1.4.1.1.88.11", "UN"),
        ("../x", "UN"),
    ],
)
def test_it_begins_with_the_sop_class(sop_class, prefix):
    assert file_name(sop_class, "1.2.3") == f"{prefix}.1.2.3"


def test_no_two_hostile_uids_share_a_name():
    names = [file_name(CT_IMAGE_STORAGE, uid) for uid in HOSTILE_UIDS]
    assert len(set(names)) == len(HOSTILE_UIDS)


@given(st.text(max_size=400), st.text(max_size=400))
def test_it_is_one_component_and_injective(first, second):
    names = [file_name("", first), file_name("", second)]
    assert (names[0] == names[1]) is (first == second)
    for name in names:
        assert name.startswith("UN.")
        assert set(name) <= set("UN.0123456789_-abcdef")
        assert len(name) <= 80


@given(st.from_regex(r"[0-9.]{1,64}", fullmatch=True))
def test_a_uid_is_used_as_it_is(uid):
    assert file_name(CT_IMAGE_STORAGE, uid) == f"CT.{uid}"
