"""Setting the element that a keyword path names, in a dataset.

The value representation (VR) of an element is, in this order:

1. the one stated in the path (``(0009,1001):US=5``);
2. the one of the data dictionary (PS3.6). ``US or SS`` is what Pixel Representation says or, where
   there is none, SS for negative values and US for others; the other choices are bytes;
3. for a private creator (PS3.5 section 7.8.1), LO - but UN when its text is pairs of hex digits,
   which pynetdicom's applications read as bytes; state ``:LO`` for a creator such as ``BEEF``;
4. for a private element, the VR that it has in the dataset already, or the one of pydicom's
   private dictionary when the creator of its block is in the dataset and known there;
5. for any other element, UN when the text is pairs of hex digits; other text is an error.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydicom import config
from pydicom.datadict import private_dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from dcmtools.dicom.element_name import ComponentError, format_element_name, public_vr
from dcmtools.dicom.keyword_path import KeywordPath, PathComponent, path_error
from dcmtools.dicom.keyword_value import convert_value, is_hex_pairs


def set_element(ds: Dataset, path: KeywordPath) -> DataElement:
    """Add or override in `ds` the element that `path` names, and return it.

    Sequences on the way are made where they are missing and filled with empty items up to the
    index that is named; their other items are kept. A path that ends with an item keeps the
    items that are there. Raises KeywordPathError.
    """
    scopes = [ds]  # from the root to the dataset that holds the element
    component = path.components[0]
    try:
        for component in path.components[:-1]:
            scopes.append(_item(scopes[-1], component))
        component = path.target
        if component.item is not None:
            _item(scopes[-1], component)
        else:
            _set_value(scopes, component.tag, path)
    except ComponentError as wrong:
        raise path_error(str(path), wrong) from None
    except ValueError as wrong:
        raise path_error(str(path), ComponentError(str(component), str(wrong))) from None
    return scopes[-1][component.tag]


def _set_value(scopes: Sequence[Dataset], tag: BaseTag, path: KeywordPath) -> None:
    text = path.value or ""
    vr = _value_representation(scopes, tag, text, path.vr)
    if vr == "SQ" and text:
        name = format_element_name(tag)
        raise ComponentError(name, "a sequence holds items, not a value", f"use {name}[0].Keyword=value")
    scopes[-1][tag] = _element(tag, vr, convert_value(vr, text))


def _element(tag: BaseTag, vr: str, value: object) -> DataElement:
    # matching keys such as wildcards and ranges are no valid values, which pydicom would warn about
    return DataElement(tag, vr, value, validation_mode=config.IGNORE)


def _item(ds: Dataset, component: PathComponent) -> Dataset:
    """Return the item of the sequence in `ds`, after making what is missing."""
    tag, index = component.tag, component.item or 0
    vr = _known_vr(ds, tag)
    if vr not in {None, "SQ", "UN"}:
        raise ComponentError(str(component), f"{format_element_name(tag)} is {vr}, not a sequence")
    if tag not in ds or ds[tag].VR != "SQ":
        ds[tag] = _element(tag, "SQ", [])
    items = ds[tag].value
    while len(items) <= index:
        items.append(Dataset())
    found: Dataset = items[index]
    return found


def _value_representation(scopes: Sequence[Dataset], tag: BaseTag, text: str, stated: str | None) -> str:
    """Return the VR of an element with the value `text`, as the module's docstring has it."""
    known = _known_vr(scopes[-1], tag)
    if stated is not None:
        _check_stated(tag, stated, known)
        return stated
    if known == "US or SS":
        return _us_or_ss(scopes, text)
    if known is not None and " or " in known:
        return "OB" if "OB" in known else "OW"
    if known is not None and not (tag.is_private_creator and is_hex_pairs(text) and text):
        return known
    if not is_hex_pairs(text):
        name = format_element_name(tag)
        raise ComponentError(
            name, "its value representation is not known", f"state it, such as {name}:LO=text"
        )
    return "UN"


def _known_vr(ds: Dataset, tag: BaseTag) -> str | None:
    """Return the VR that `tag` has in a dataset such as `ds`, which may be a choice, or None."""
    if tag.is_private_creator:
        return "LO"
    if not tag.is_private:
        return public_vr(tag)
    if tag in ds and ds[tag].VR != "UN":
        return ds[tag].VR
    block = Tag(tag.group, tag.element >> 8)
    creator = ds[block].value if block in ds else ""
    if isinstance(creator, bytes):
        creator = creator.decode("ascii", "replace").strip(" \0")
    try:
        # the private dictionary writes "OB_OW" for what PS3.6 calls "OB or OW"
        return private_dictionary_VR(tag, str(creator)).replace("_", " or ")
    except KeyError:
        return None


def _check_stated(tag: BaseTag, stated: str, known: str | None) -> None:
    """Refuse another VR than the data dictionary has for a public element."""
    if tag.is_private or known is None or stated in known.split(" or "):
        return
    name = format_element_name(tag)
    raise ComponentError(name, f"{name} is {known}, not {stated}")


def _us_or_ss(scopes: Sequence[Dataset], text: str) -> str:
    """Return what Pixel Representation (PS3.3 C.7.6.3) of the nearest dataset says, or what fits."""
    for ds in reversed(scopes):
        if (representation := ds.get("PixelRepresentation")) is not None:
            return "SS" if representation == 1 else "US"
    return "SS" if "-" in text else "US"
