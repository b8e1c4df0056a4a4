from __future__ import annotations

import shutil
import subprocess
import warnings
from pathlib import Path

import pytest
from pydicom import config, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.uid import JPEGBaseline8Bit

from dcmtools.dicom import converting
from dcmtools.dicom.converting import UNCOMPRESSED, convert
from dcmtools.dicom.elements import check_whole
from dcmtools.dicom.part10 import InstanceFile, check_complete, encode_file_meta, read_instance
from dcmtools.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
from dcmtools.errors import ConversionError, UnreadableFileError
from tests.samples import WITHOUT_META, dataset_bytes, sample, samples

CONVERTIBLE = tuple(
    chosen
    for chosen in samples()
    if chosen.transfer_syntax in UNCOMPRESSED and "dicomdirtests" not in chosen.path.parts
)
DCMCONV = {
    IMPLICIT_VR_LITTLE_ENDIAN: "+ti",
    EXPLICIT_VR_LITTLE_ENDIAN: "+te",
    EXPLICIT_VR_BIG_ENDIAN: "+tb",
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN: "+td",
}


def converted(instance: InstanceFile, transfer_syntax: str, path: Path) -> InstanceFile:
    """Convert into a file of its own."""
    meta = encode_file_meta(
        instance.sop_class_uid,
        instance.sop_instance_uid,
        transfer_syntax,
        implementation_class_uid="1.2.3.4",
        implementation_version_name="TEST",
    )
    path.write_bytes(meta + convert(instance, transfer_syntax))
    result = read_instance(path)
    check_complete(result)
    assert result[1:4] == (instance.sop_class_uid, instance.sop_instance_uid, transfer_syntax)
    return result


def values(path: Path) -> dict[int, object]:
    """The values of all elements but group lengths by tag, encoded as they are where pydicom left them so."""
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _values(dcmread(path))


def _values(dataset: Dataset) -> dict[int, object]:
    found: dict[int, object] = {}
    raw = {tag: dataset.get_item(tag) for tag in sorted(dataset.keys()) if tag.element != 0}
    for tag, encoded in raw.items():
        if dataset[tag].VR == "SQ":
            found[tag] = [_values(content) for content in dataset[tag].value]
        elif isinstance(encoded, RawDataElement):
            found[tag] = (encoded.value or b"").rstrip(b"\0 ")
        else:
            found[tag] = encoded.value
    return found


@pytest.mark.parametrize("transfer_syntax", UNCOMPRESSED)
@pytest.mark.parametrize("chosen", CONVERTIBLE, ids=lambda chosen: chosen.path.name)
def test_a_conversion_there_and_back_gives_an_equal_dataset(tmp_path, chosen, transfer_syntax):
    original = read_instance(chosen.path)
    there = converted(original, transfer_syntax, tmp_path / "there")
    back = converted(there, original.transfer_syntax_uid, tmp_path / "back")
    if (
        original.transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN
        or transfer_syntax != IMPLICIT_VR_LITTLE_ENDIAN
    ):
        assert values(Path(back.path)) == values(chosen.path)
    assert _canonical(back, tmp_path) == _canonical(original, tmp_path)


def _canonical(instance: InstanceFile, folder: Path) -> bytes:
    """The dataset as Implicit VR Little Endian, in which equal ones have equal bytes."""
    explicit = converted(instance, EXPLICIT_VR_LITTLE_ENDIAN, folder / "explicit")
    without_group_lengths = converted(explicit, EXPLICIT_VR_BIG_ENDIAN, folder / "big")
    return convert(without_group_lengths, IMPLICIT_VR_LITTLE_ENDIAN)


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("dcmconv") is None, reason="DCMTK is not installed")
@pytest.mark.parametrize("transfer_syntax", UNCOMPRESSED)
@pytest.mark.parametrize("chosen", CONVERTIBLE, ids=lambda chosen: chosen.path.name)
def test_the_values_are_those_of_dcmconv(tmp_path, chosen, transfer_syntax):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    converted(read_instance(chosen.path), transfer_syntax, ours)
    subprocess.run(
        ["dcmconv", DCMCONV[transfer_syntax], chosen.path, theirs], check=True, capture_output=True
    )
    assert values(ours) == values(theirs)


@pytest.mark.parametrize("name", WITHOUT_META)
@pytest.mark.parametrize("transfer_syntax", UNCOMPRESSED)
def test_a_dataset_without_file_meta_information_is_converted(tmp_path, name, transfer_syntax):
    instance = converted(read_instance(sample(name)), transfer_syntax, tmp_path / "converted")
    assert instance.transfer_syntax_uid == transfer_syntax


@pytest.mark.parametrize("chosen", CONVERTIBLE, ids=lambda chosen: chosen.path.name)
def test_in_its_own_transfer_syntax_a_dataset_stays_as_it_is(chosen):
    assert convert(read_instance(chosen.path), chosen.transfer_syntax) == dataset_bytes(chosen.path)


def test_a_deflated_dataset_has_an_even_length():
    lengths = set()
    for chosen in CONVERTIBLE:
        deflated = convert(read_instance(chosen.path), DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
        if chosen.transfer_syntax != DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
            lengths.add(len(deflated) % 2)
            check_whole(deflated, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
    assert lengths == {0}


def refusal(instance: InstanceFile, transfer_syntax: str) -> ConversionError:
    with pytest.raises(ConversionError) as caught:
        convert(instance, transfer_syntax)
    assert caught.value.path == instance.path
    return caught.value


def test_only_to_uncompressed_transfer_syntaxes_is_converted(monkeypatch):
    monkeypatch.setattr(converting, "can_decompress", lambda syntax: False)
    native, compressed = read_instance(sample("MR_small.dcm")), read_instance(sample("JPEG2000.dcm"))
    for instance, target, names in (
        (native, str(JPEGBaseline8Bit), "Explicit VR Little Endian to JPEG Baseline (Process 1)"),
        (compressed, compressed.transfer_syntax_uid, "JPEG 2000 Image Compression to JPEG 2000 Image"),
        (native, "1.2.3.4", "Explicit VR Little Endian to 1.2.3.4"),
    ):
        reason = refusal(instance, target).reason
        assert reason.startswith(f"cannot be converted from {names}")
        assert reason.endswith("only uncompressed transfer syntaxes can be converted to")
    assert refusal(compressed, IMPLICIT_VR_LITTLE_ENDIAN).reason == (
        "cannot be converted from JPEG 2000 Image Compression to Implicit VR Little Endian: "
        "there is no codec for it here"
    )


def test_a_truncated_file_is_not_converted():
    reason = refusal(read_instance(sample("MR_truncated.dcm")), IMPLICIT_VR_LITTLE_ENDIAN).reason
    assert reason.endswith("Implicit VR Little Endian: the dataset ends inside an element")


@pytest.mark.parametrize(("kept", "reason"), [(2000, "is cut"), (0, "is cut")])
def test_a_truncated_deflated_file_is_not_converted(kept, reason):
    instance = read_instance(sample("image_dfl.dcm"))._replace(length=kept)
    assert refusal(instance, EXPLICIT_VR_LITTLE_ENDIAN).reason.endswith(reason)


def test_a_broken_deflated_file_is_not_converted(tmp_path):
    instance = read_instance(sample("image_dfl.dcm"))
    content = bytearray(sample("image_dfl.dcm").read_bytes())
    content[instance.offset :] = b"\xff" * instance.length
    path = tmp_path / "broken"
    path.write_bytes(content)
    broken = refusal(instance._replace(path=str(path)), EXPLICIT_VR_LITTLE_ENDIAN)
    assert broken.reason.endswith("the deflated dataset is broken")


def test_a_file_that_is_gone_is_unreadable(tmp_path):
    instance = read_instance(sample("MR_small.dcm"))._replace(path=str(tmp_path / "gone"))
    with pytest.raises(UnreadableFileError, match="no such file or directory"):
        convert(instance, IMPLICIT_VR_LITTLE_ENDIAN)


def test_no_warning_reaches_the_user():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for chosen in CONVERTIBLE:
            convert(read_instance(chosen.path), EXPLICIT_VR_BIG_ENDIAN)


def test_the_samples_have_all_uncompressed_transfer_syntaxes():
    assert {chosen.transfer_syntax for chosen in CONVERTIBLE} == set(UNCOMPRESSED)
