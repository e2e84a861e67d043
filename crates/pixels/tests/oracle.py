"""Writes what pydicom reads in its own test files into the folder that is named: the oracle of pydicom.rs.

Each line of `index` holds, with `|` between: file, syntax, rows, columns, samples per pixel, bits allocated, bits stored,
high bit, signed, planar, interpretation, frames, VR. Beside it lie `N.value` (the pixel data as they are in the file) and
`N.want` (all samples as 32-bit numbers, frame after frame, colours by pixel), or `N.why` where pydicom reads nothing.
"""

import sys
import warnings
from pathlib import Path

import pydicom
from pydicom.pixels import pixel_array
from pydicom.uid import JPEGBaseline8Bit

NUMBERS = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")

warnings.simplefilter("ignore")
folder = Path(sys.argv[1])
lines = []
for name in sorted(Path(pydicom.__file__).with_name("data").joinpath("test_files").rglob("*")):
    try:
        data = pydicom.dcmread(name)
        value = data["PixelData"]
        syntax = data.file_meta.TransferSyntaxUID
        numbers = [int(data[it].value) for it in NUMBERS]
    except Exception:
        continue
    at = len(lines)
    planar, frames = data.get("PlanarConfiguration") or 0, data.get("NumberOfFrames") or 1
    rest = [planar, data.PhotometricInterpretation, frames, value.VR]
    lines.append("|".join(str(it) for it in [name.name, syntax, *numbers, *rest]))
    (folder / f"{at}.value").write_bytes(value.value)
    # Pillow reckons the cosine transform as the Independent JPEG Group does.
    plugin = "pillow" if syntax == JPEGBaseline8Bit else ""
    try:
        want = pixel_array(data, raw=True, decoding_plugin=plugin)
        (folder / f"{at}.want").write_bytes(want.astype("<i4").tobytes())
    except Exception as why:
        (folder / f"{at}.why").write_text(str(why))
(folder / "index").write_text("\n".join(lines))
