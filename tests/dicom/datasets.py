"""Datasets for tests, written as keywords and values."""

from hypothesis import strategies as st
from pydicom import config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag


def dataset(**values: object) -> Dataset:
    """A dataset with the elements that `values` name; keys with wildcards and ranges are welcome."""
    ds = Dataset()
    for keyword, value in values.items():
        tag = tag_for_keyword(keyword)
        assert tag is not None, keyword
        ds[tag] = DataElement(tag, dictionary_VR(tag), value, validation_mode=config.IGNORE)
    return ds


_ITEM = b"\xfe\xff\x00\xe0\x0c\x00\x00\x00"
_RAW_ELEMENTS = st.builds(
    lambda tag, vr, value: RawDataElement(Tag(tag), vr, len(value or b""), value, 0, vr is None, True),
    st.sampled_from([0x00080005, 0x00080020, 0x00091001, 0x00100010, 0x00280010, 0x00280106, 0x300A00B0]),
    st.sampled_from([None, "CS", "DA", "PN", "IS", "DS", "US", "FD", "AT", "SQ", "UN", "OB", "ZZ", "\x1b\n"]),
    st.none() | st.binary(max_size=30) | st.binary(max_size=12).map(lambda data: _ITEM + data),
)


def _raw_dataset(elements: list[RawDataElement]) -> Dataset:
    ds = Dataset({element.tag: element for element in elements})
    ds.set_original_encoding(False, True, "ISO_IR 192")
    return ds


def odd_datasets() -> st.SearchStrategy[Dataset]:
    """Datasets as a peer can send them: any bytes under any VR."""
    return st.lists(_RAW_ELEMENTS, max_size=4).map(_raw_dataset)
