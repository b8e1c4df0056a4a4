"""Section 2.5: the names of stored files."""

from __future__ import annotations

from pynetdicom import AllStoragePresentationContexts
from pynetdicom.apps.common import SOP_CLASS_PREFIXES

from dcmtools.dicom.file_names import file_name

AS_WRITTEN = "CT CTE MR MRE PT PTE RI RD RP RS CR US USE XA XAE NM SC"


def test_prefixes() -> None:
    for context in AllStoragePresentationContexts:
        sop_class = str(context.abstract_syntax)
        prefix = SOP_CLASS_PREFIXES[sop_class][0] if sop_class in SOP_CLASS_PREFIXES else "UN"
        assert file_name(sop_class, "1.2.3.40") == f"{prefix}.1.2.3.40"


def test_every_prefix_of_the_contract() -> None:
    """What the pynetdicom that is installed says is what is written."""
    assert {prefix for prefix, _ in SOP_CLASS_PREFIXES.values()} == set(AS_WRITTEN.split(" "))


def test_private_sop_class() -> None:
    assert file_name("1.2.826.0.1.3680043.10.999.1", "1.2.3") == "UN.1.2.3"
