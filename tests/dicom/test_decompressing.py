from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import UID

from dcmtools.dicom.converting import convert
from dcmtools.dicom.decompressing import can_decompress, decompress
from dcmtools.dicom.encoding import decode_dataset
from dcmtools.dicom.part10 import read_instance
from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import ConversionError
from tests.codecs import require_codecs
from tests.samples import sample

require_codecs()

LOSSLESS = ("MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm")
IMAGE = ("Rows", "Columns", "BitsAllocated", "BitsStored", "SamplesPerPixel", "PhotometricInterpretation")


@pytest.mark.parametrize("target", UNCOMPRESSED)
@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_pixels_are_those_that_were_compressed(name, target):
    dataset = decode_dataset(convert(read_instance(sample(name)), target), UID(target))
    native = dcmread(sample("MR_small.dcm"))
    words = dataset["PixelData"].value
    if target == "1.2.840.10008.1.2.2":
        words = b"".join(words[at + 1 : at + 2] + words[at : at + 1] for at in range(0, len(words), 2))
    assert words == native.PixelData
    assert [dataset[keyword].value for keyword in IMAGE] == [native[keyword].value for keyword in IMAGE]
    compressed = dcmread(sample(name))
    assert dataset.SOPInstanceUID == compressed.SOPInstanceUID
    assert str(dataset.PatientName) == str(compressed.PatientName)


@pytest.mark.parametrize("name", ["JPEG2000.dcm", "SC_rgb_jpeg_gdcm.dcm", "SC_rgb_rle_2frame.dcm"])
def test_other_compressed_images_have_all_their_pixels(name):
    instance = read_instance(sample(name))
    dataset = decode_dataset(convert(instance, UNCOMPRESSED[0]), UID(UNCOMPRESSED[0]))
    size = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated // 8
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    assert len(dataset.PixelData) == size * frames + size * frames % 2
    assert dataset.PhotometricInterpretation in ("MONOCHROME1", "MONOCHROME2", "RGB")


def test_what_cannot_be_decompressed_is_an_error(tmp_path):
    assert not can_decompress("1.2.840.10008.1.2.4.100")  # MPEG-2
    assert not can_decompress("1.2.3.4")
    assert not can_decompress(UNCOMPRESSED[0])
    instance = read_instance(sample("MR_small_RLE.dcm"))
    broken = tmp_path / "broken.dcm"
    content = bytearray(Path(instance.path).read_bytes())
    at = content.index(b"\xe0\x7f\x10\x00OB")
    frame = at + 28 + int.from_bytes(content[at + 16 : at + 20], "little")  # behind the offset table
    size = int.from_bytes(content[frame - 4 : frame], "little")
    content[frame + 64 : frame + size] = b"\x80" * (size - 64)  # which stands for no pixel at all
    broken.write_bytes(content)
    with pytest.raises(ConversionError, match="cannot be converted from RLE Lossless"):
        convert(read_instance(broken), UNCOMPRESSED[0])


def test_a_dataset_without_pixels_stays_as_it_is():
    instance = read_instance(sample("rtplan.dcm"))
    data = convert(instance, "1.2.840.10008.1.2.1")
    assert decode_dataset(decompress(data, "1.2.840.10008.1.2.5"), UID(UNCOMPRESSED[0])) == (
        decode_dataset(data, UID(UNCOMPRESSED[0]))
    )
