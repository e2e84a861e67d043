"""The same DICOM file read by other makers' programs: DCMTK, GDCM, OpenJPEG. What they make of its pixels, as numbers."""

import subprocess
import tempfile
from pathlib import Path

import numpy
import pydicom
from pydicom.encaps import generate_frames

TRANSFER = "1.2.840.10008.1.2"
# Without a change of colours, which would round.
JPEG = ["dcmdjpeg", "+cn"]
GDCM = ["gdcmconv", "--raw"]
READERS = {
    f"{TRANSFER}.1": [["dcmconv", "+ti"]],
    f"{TRANSFER}.1.99": [["dcmconv", "+te"]],
    f"{TRANSFER}.5": [["dcmdrle"], GDCM],
    f"{TRANSFER}.4.50": [JPEG, GDCM],
    f"{TRANSFER}.4.51": [JPEG, GDCM],
    f"{TRANSFER}.4.57": [JPEG, GDCM],
    f"{TRANSFER}.4.70": [JPEG, GDCM],
    f"{TRANSFER}.4.80": [["dcmdjpls"], GDCM],
    f"{TRANSFER}.4.81": [["dcmdjpls"], GDCM],
    f"{TRANSFER}.4.90": [GDCM, ["opj_decompress"]],
    f"{TRANSFER}.4.91": [GDCM, ["opj_decompress"]],
    f"{TRANSFER}.4.201": [["opj_decompress"]],
}


def run(*command):
    """What went wrong; nothing when all is well."""
    done = subprocess.run(command, capture_output=True, timeout=120)
    told = (done.stdout + done.stderr).decode(errors="replace").strip()
    return told[-200:] or f"status {done.returncode}" if done.returncode else ""


def dumped(file):
    """What dcmdump has against a file, from its first byte to its last."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "it.dcm")
        path.write_bytes(file)
        return run("dcmdump", "-q", str(path))


def read(file):
    """For each program that knows the transfer syntax: its name, and the samples, or in words why it has none."""
    it = pydicom.dcmread(pydicom.filebase.DicomBytesIO(file))
    with tempfile.TemporaryDirectory() as folder:
        for reader in READERS.get(it.file_meta.TransferSyntaxUID, []):
            # Colours of more than eight bits are not for GDCM: it fails, or reads numbers (RLE) that nobody else does.
            if reader == GDCM and it.SamplesPerPixel > 1 and it.BitsAllocated > 8:
                continue
            if reader == ["opj_decompress"]:
                yield reader[0], openjpeg(it, Path(folder))
                continue
            packed, native = Path(folder, "packed.dcm"), Path(folder, "native.dcm")
            packed.write_bytes(file)
            native.unlink(missing_ok=True)
            fault = run(*reader, str(packed), str(native))
            if not fault and not native.exists():
                fault = "nothing was written"
            yield reader[0], fault or plain(pydicom.dcmread(native))


def plain(it):
    """Samples of a native file, as numbers of the bits that are stored: some leave those above empty, some do not."""
    return numbers(pydicom.pixels.pixel_array(it, raw=True), it)


def numbers(samples, it):
    if samples.dtype.kind == "f":
        return samples
    unused = 64 - it.BitsStored
    # A signed number moved up and down again has its sign.
    if it.PixelRepresentation:
        return samples.astype("i8") << unused >> unused
    return (samples.astype("u8") << numpy.uint64(unused) >> numpy.uint64(unused)).astype("i8")


def openjpeg(it, folder):
    stream, raw = folder / "frame.j2k", folder / "frame.rawl"
    count, channels = int(it.get("NumberOfFrames") or 1), it.SamplesPerPixel
    wide = it.BitsAllocated > 8
    all_frames = []
    for frame in generate_frames(it.PixelData, number_of_frames=count):
        stream.write_bytes(frame)
        fault = run("opj_decompress", "-i", str(stream), "-o", str(raw))
        if fault:
            return fault
        # One component after another; a byte where the stream has no more bits.
        bytes_ = raw.read_bytes()
        each = it.Rows * it.Columns * channels
        if len(bytes_) not in (each, each * 2) or (len(bytes_) == each * 2 and not wide):
            return f"{len(bytes_)} bytes for {each} samples"
        own = numpy.frombuffer(bytes_, dtype="<u2" if len(bytes_) > each else "u1").reshape(channels, it.Rows, it.Columns)
        all_frames.append(own.transpose(1, 2, 0) if channels > 1 else own[0])
    return numbers(all_frames[0] if count == 1 else numpy.stack(all_frames), it)
