"""Speaks DICOMweb with a running server by other people's programs: dicomweb-client, pydicom, requests.

    python e2e/dicom/dicomweb.py BASE TOKEN

Every composite instance among pydicom's own test files is stored and read back. Prints one line for each step, and the
files that were refused with their reason; ends with 1 when something is not as it should be.
"""

import collections
import io
import json
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pydicom
import requests
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session
from pydicom.encaps import generate_frames
from pydicom.filereader import _read_file_meta_info, read_preamble

import makers

BASE, TOKEN = sys.argv[1:3]
AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*'
FRAMES = "multipart/related; type=application/octet-stream; transfer-syntax=*"
DUPLICATE, NOT_UNDERSTOOD = 0x0111, 0xC000
# Cut short, or written otherwise than their header says: never kept in part.
BROKEN = {"MR_truncated.dcm", "SC_rgb_jpeg.dcm", "rtplan_truncated.dcm"}

# What becomes another value when pixels are decoded.
MADE = ["PixelData", "PhotometricInterpretation", "PlanarConfiguration", "IconImageSequence"]
MADE += ["LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"]
# Written on demand, and read by pydicom with the decoders of CharLS and OpenJPEG.
WRITTEN = {
    "explicit": "1.2.840.10008.1.2.1",
    "deflated": "1.2.840.10008.1.2.1.99",
    "RLE": "1.2.840.10008.1.2.5",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "HTJ2K": "1.2.840.10008.1.2.4.201",
}

session = create_session()
session.headers["Authorization"] = f"Bearer {TOKEN}"
# Where the server's certificate is of a test's own authority, its file stands in REQUESTS_CA_BUNDLE.
client = DICOMwebClient(url=BASE, session=session)
wrong = []


def check(what, good, detail=""):
    if not good:
        wrong.append(what)
        print(f"WRONG {what}: {detail}")


def step(words):
    print(f"ok {words}" if not wrong else f"so far {len(wrong)} wrong: {words}", flush=True)


class File:
    """A test file: its bytes, and where its data set begins."""

    def __init__(self, path, bytes_=None):
        self.path, self.bytes = path, bytes_ or path.read_bytes()
        stream = io.BytesIO(self.bytes)
        read_preamble(stream, False)
        self.meta = _read_file_meta_info(stream)
        self.data_set = self.bytes[stream.tell() :]
        self.syntax = str(self.meta.TransferSyntaxUID)
        self.all = pydicom.dcmread(io.BytesIO(self.bytes))
        it = self.all
        self.uids = (str(it.StudyInstanceUID), str(it.SeriesInstanceUID), str(it.SOPInstanceUID))

    def renamed(self, number):
        """The same file as another instance of another series, by UIDs of the same length."""
        bytes_ = self.bytes
        for uid in self.uids[1:]:
            bytes_ = bytes_.replace(uid.encode(), uid[:-3].encode() + str(number).encode())
        return File(self.path, bytes_)

    @property
    def address(self):
        study, series, instance = self.uids
        return f"{BASE}/studies/{study}/series/{series}/instances/{instance}"


def composite():
    """The instances among pydicom's test files, and what is none."""
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    found, none = [], []
    for path in sorted(it for it in folder.rglob("*") if it.is_file()):
        try:
            file = File(path)
            if all(file.uids):
                found.append(file)
        except Exception as error:  # Whatever makes pydicom refuse it, it is no instance to be stored.
            none.append((path.name, type(error).__name__))
    return found, none


def parts(bodies, kind="application/dicom"):
    boundary = f"b{uuid.uuid4().hex}"
    out = b"".join(f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode() + it + b"\r\n" for it in bodies)
    head = {"Content-Type": f'multipart/related; type="{kind}"; boundary={boundary}', "Accept": "application/dicom+json"}
    return out + f"--{boundary}--\r\n".encode(), head


def stow(bodies, address=f"{BASE}/studies"):
    body, head = parts(bodies)
    return session.post(address, data=body, headers=head)


def multipart(response):
    """The parts of an answer: (head, body)."""
    kind = response.headers["Content-Type"]
    boundary = kind.split("boundary=")[1].split(";")[0].strip('"').encode()
    pieces = response.content.split(b"--" + boundary)
    return [it[2:-2].split(b"\r\n\r\n", 1) for it in pieces[1:-1]]


def data_set(dicom_file):
    stream = io.BytesIO(dicom_file)
    read_preamble(stream, False)
    meta = _read_file_meta_info(stream)
    return meta, dicom_file[stream.tell() :]


def store_all(files):
    """Stores each by a request of its own; which were kept, and which were refused and why."""
    kept, refused = {}, []
    for file in files:
        answer = stow([file.bytes])
        told = answer.json() if answer.content else {}
        name = file.path.name
        if answer.status_code == 200:
            reference = told["00081199"]["Value"][0]
            check(f"{name} is referred to", reference["00081155"]["Value"][0] == file.uids[2], reference)
            kept[file.uids[2]] = file
        else:
            failed = (told.get("00081198") or told.get("0008119A") or {"Value": [{}]})["Value"][0]
            reason = failed.get("00081197", {}).get("Value", [None])[0]
            refused.append((name, answer.status_code, reason))
            # pydicom has many files of one instance, changed in this way or that: never written over.
            known = file.uids[2] in kept or any(it.uids[1] == file.uids[1] for it in kept.values())
            check(f"{name} is refused with a reason", reason is not None, answer.text)
            expected = NOT_UNDERSTOOD if name in BROKEN else DUPLICATE
            check(f"{name} is refused for its own reason", reason == expected and (known or name in BROKEN), reason)
            if reason == DUPLICATE:
                other = file.renamed(900 + len(refused))
                check(f"{name} under another name is kept", stow([other.bytes]).status_code == 200)
                kept[other.uids[2]] = other
    return kept, refused


def read_back(kept):
    """As stored, byte for byte; and for who names no transfer syntax, in explicit little endian or not at all."""
    for file in kept.values():
        plain = session.get(file.address, headers={"Accept": "application/dicom"})
        check(f"{file.path.name} without a syntax", plain.status_code in (200, 406), plain.status_code)
        native = not file.all.file_meta.TransferSyntaxUID.is_compressed or file.syntax.endswith("1.2.1.99")
        check(f"{file.path.name} is native and can be had so", plain.status_code == 200 or not native, plain.text[:100])
        if plain.status_code == 200:
            anew = pydicom.dcmread(io.BytesIO(plain.content))
            check(f"{file.path.name} is explicit", anew.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1")
            # Of compressed pixels another step looks into the samples.
            made = [] if native else MADE
            different = [
                it
                for it in file.all
                if it.tag.element and it.VR != "UN" and it.keyword not in made and not alike(it, anew.get(it.tag))
            ]
            check(f"{file.path.name} says the same", not different, different[:3])
        answer = session.get(file.address, headers={"Accept": AS_STORED})
        check(f"{file.path.name} is sent", answer.status_code == 200, answer.text[:200])
        if answer.status_code == 200:
            [(_, body)] = multipart(answer)
            meta, bytes_ = data_set(body)
            check(f"{file.path.name} is the same, byte for byte", bytes_ == file.data_set)
            check(f"{file.path.name} keeps its syntax", str(meta.TransferSyntaxUID) == file.syntax)
        alone = session.get(file.address, headers={"Accept": "application/dicom; transfer-syntax=*"})
        check(f"{file.path.name} is sent alone", alone.status_code == 200 and data_set(alone.content)[1] == file.data_set)
        again = session.get(
            file.address,
            headers={"Accept": "application/dicom; transfer-syntax=*", "If-None-Match": alone.headers["ETag"]},
        )
        check(f"{file.path.name} is not sent again", again.status_code == 304)


def same(name, ours, theirs, path=""):
    """Compares two data sets in the JSON model; numbers as numbers, and what is big by its presence."""
    theirs = {k: v for k, v in theirs.items() if not k.startswith("0002") and k[4:] != "0000"}
    check(f"{name}{path} has the same attributes", set(ours) == set(theirs), sorted(set(ours) ^ set(theirs))[:5])
    for tag in set(ours) & set(theirs):
        own, other = ours[tag], theirs[tag]
        if tag == "00080005" or "BulkDataURI" in own or "InlineBinary" in own or own["vr"] == "UN" or other["vr"] == "UN":
            continue
        if own["vr"] == "SQ":
            a, b = own.get("Value", []), other.get("Value", [])
            check(f"{name}{path}/{tag} has as many items", len(a) == len(b))
            for number, (one, two) in enumerate(zip(a, b)):
                same(name, one, two, f"{path}/{tag}[{number}]")
            continue
        # A number of 32 bits has seven digits; pydicom writes those of its double.
        close = own["vr"] == "FL" and numpy.allclose(values(own), values(other), rtol=1e-6)
        check(f"{name}{path}/{tag} says the same", close or values(own) == values(other), f"{own} {other}")


def values(element):
    def plain(it):
        if it is None:  # F.2.5: an empty one of several values; pydicom writes an empty text.
            return ""
        if isinstance(it, dict):
            return {k: v for k, v in it.items() if v}
        if isinstance(it, (int, float)):
            return round(float(it), 6)
        if isinstance(it, str):
            try:
                return round(float(it), 6)
            except ValueError:
                return it.strip().rstrip("\x00")
        return it

    found = [plain(it) for it in element.get("Value", [])]
    return [] if all(it in (None, "", {}) for it in found) else found


def alike(one, other):
    """Whether two elements say the same; numbers of big-endian data sets are turned round in what pydicom leaves raw."""
    if other is None:
        return False
    if one.VR == "SQ":
        pairs = list(zip(one.value, other.value))
        return len(one.value) == len(other.value) == len(pairs) and all(
            alike(it, b.get(it.tag)) for a, b in pairs for it in a if it.tag.element
        )
    if isinstance(one.value, bytes) and isinstance(other.value, bytes):
        return sorted(one.value) == sorted(other.value)
    return one.value == other.value or str(one.value) == str(other.value)


def metadata(kept):
    for file in kept.values():
        answer = session.get(f"{file.address}/metadata", headers={"Accept": "application/dicom+json"})
        check(f"{file.path.name} has metadata", answer.status_code == 200, answer.text[:200])
        if answer.status_code != 200:
            continue
        [ours] = answer.json()
        try:
            pydicom.Dataset.from_json(ours, bulk_data_uri_handler=lambda *_: b"")
            theirs = json.loads(file.all.to_json(suppress_invalid_tags=True, bulk_data_threshold=1 << 30))
        except Exception as error:  # pydicom cannot do this with some of its own odd files.
            print(f"   pydicom cannot put {file.path.name} into JSON and back: {type(error).__name__}")
            continue
        same(file.path.name, ours, theirs)


def frames(kept):
    """Frames as they lie in the file, by pydicom's own reading of it."""
    counted = collections.Counter()
    for file in kept.values():
        it, name = file.all, file.path.name
        if "PixelData" not in it or file.syntax.endswith("1.2.2") and it.BitsAllocated != 16:
            continue
        try:
            count = int(it.get("NumberOfFrames") or 1)
        except ValueError:  # A file whose numbers are none.
            continue
        if it.file_meta.TransferSyntaxUID.is_encapsulated:
            expected = list(generate_frames(it.PixelData, number_of_frames=count))
        else:
            size = it.Rows * it.Columns * it.SamplesPerPixel * it.BitsAllocated
            if size % 8 or len(it.PixelData) < size // 8 * count:
                continue
            size //= 8
            pixels = numpy.frombuffer(it.PixelData, dtype="u1")
            if file.syntax.endswith("1.2.2"):
                pixels = pixels[: len(pixels) // 2 * 2].reshape(-1, 2)[:, ::-1].reshape(-1)
            expected = [pixels[i * size : (i + 1) * size].tobytes() for i in range(count)]
        for number in {1, count}:
            answer = session.get(f"{file.address}/frames/{number}", headers={"Accept": FRAMES})
            check(f"{name} frame {number} is sent", answer.status_code == 200, answer.text[:100])
            if answer.status_code == 200:
                [(head, body)] = multipart(answer)
                check(f"{name} frame {number} is the same", body == expected[number - 1], (len(body), len(expected[number - 1])))
                counted[head.decode().split("transfer-syntax=")[1].split("\r")[0]] += 1
        if count > 1:
            numbers = f"{count},1"
            answer = session.get(f"{file.address}/frames/{numbers}", headers={"Accept": FRAMES})
            bodies = [it[1] for it in multipart(answer)]
            check(f"{name} frames {numbers} are in that order", bodies == [expected[-1], expected[0]])
        missing = session.get(f"{file.address}/frames/{count + 1}", headers={"Accept": FRAMES})
        check(f"{name} has no frame {count + 1}", missing.status_code == 404)
    return counted


def transcoded(kept):
    """Each instance in each syntax that is written on demand: the same samples, or a plain no."""
    # Most of the time other makers' programs are waited for.
    with ThreadPoolExecutor(2) as pool:
        counted, refused, others = (sum(it, collections.Counter()) for it in zip(*pool.map(transcoded_one, kept.values())))
    print(f"   transcoded {dict(counted)}, refused {dict(refused)}; read by {dict(others)}")
    check("most can be had in every syntax", min(counted[it] for it in WRITTEN) > 40, counted)


def transcoded_one(file):
    """How often it was written, refused, and read by other programs."""
    counted, refused, others = collections.Counter(), collections.Counter(), collections.Counter()
    name = file.path.name
    # The arithmetic of these two is left open by their standards; all others to the bit.
    close = 1 if file.syntax.endswith(("1.2.4.51", "1.2.4.91")) else 0
    if "PixelData" not in file.all:
        return counted, refused, others
    try:
        expected = samples(file.all)
    except Exception as error:  # What pydicom cannot read there is nothing to hold ours against.
        print(f"   pydicom cannot read the pixels of {name}: {type(error).__name__}")
        return counted, refused, others
    for words, syntax in WRITTEN.items():
        answer = session.get(file.address, headers={"Accept": f"application/dicom; transfer-syntax={syntax}"})
        if answer.status_code == 406:
            check(f"{name} in {words} is refused with a reason", "transfer-syntax=*" in answer.text, answer.text)
            check(f"{name} can be had native", file.syntax != syntax and words not in ("explicit", "deflated"), answer.text)
            refused[words] += 1
            continue
        check(f"{name} in {words}", answer.status_code == 200, f"{answer.status_code} {answer.text[:100]}")
        if answer.status_code != 200:
            continue
        made = pydicom.dcmread(io.BytesIO(answer.content))
        check(f"{name} in {words} says so", made.file_meta.TransferSyntaxUID == syntax)
        check(f"{name} in {words} is the same instance", made.SOPInstanceUID == file.all.SOPInstanceUID)
        lossy = file.all.get("LossyImageCompression") == "01" or file.syntax.endswith(("1.2.4.50", "1.2.4.51"))
        check(f"{name} in {words} stays lossy", not lossy or made.LossyImageCompression == "01")
        own = samples(made)
        far = numpy.abs(own.astype("i8") - expected.astype("i8")).max() if own.shape == expected.shape else None
        check(f"{name} in {words} has the same samples", far is not None and far <= close, (far, own.shape, expected.shape))
        counted[words] += 1
        fault = makers.dumped(answer.content)
        check(f"{name} in {words} is read by dcmdump", not fault, fault)
        elsewhere(f"{name} in {words}", answer.content, makers.numbers(own, made), 0, others)
    native = session.get(file.address, headers={"Accept": "application/dicom"})
    if native.status_code == 200 and file.all.file_meta.TransferSyntaxUID.is_encapsulated:
        ours = makers.plain(pydicom.dcmread(io.BytesIO(native.content)))
        elsewhere(f"{name} as it came", file.bytes, ours, close, others)
    return counted, refused, others


def elsewhere(what, file, expected, close, others):
    """Other makers' programs read the same numbers in a file."""
    for program, theirs in makers.read(file):
        if isinstance(theirs, str):
            check(f"{what} is read by {program}", False, theirs)
            continue
        far = numpy.abs(theirs - expected).max() if theirs.shape == expected.shape else None
        check(f"{what} is the same to {program}", far is not None and far <= close, (far, theirs.shape, expected.shape))
        others[program] += 1


def samples(it):
    """Samples as they lie there, without a change of colours."""
    # Pillow reckons the cosine transform as the Independent JPEG Group does.
    plugin = "pillow" if it.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.50" else ""
    return pydicom.pixels.pixel_array(it, raw=True, decoding_plugin=plugin)


def drawn(kept):
    """Pictures for a screen of every instance that has pixels; Pillow reads them."""
    from PIL import Image

    counted = collections.Counter()
    for file in kept.values():
        it, name = file.all, file.path.name
        if "PixelData" not in it:
            continue
        small = session.get(f"{file.address}/thumbnail", headers={"Accept": "image/jpeg"})
        counted[small.status_code] += 1
        if small.status_code != 200:
            check(f"{name} is not drawn, with a reason", small.status_code == 406 and small.text, small.text[:100])
            continue
        check(f"{name} says that it is lossy", small.headers["Haruka-Rendition"].startswith("bits=8; lossy; ratio="))
        picture = Image.open(io.BytesIO(small.content))
        check(f"{name} is small", max(picture.size) <= 256, picture.size)
        whole = session.get(f"{file.address}/frames/1/rendered", headers={"Accept": "image/png"})
        picture = Image.open(io.BytesIO(whole.content))
        check(f"{name} is whole", picture.size == (it.Columns, it.Rows), picture.size)
    print(f"   thumbnails by status: {dict(counted)}")
    check("nearly all are drawn", counted[200] > 55 and counted[406] < 3, counted)


def by_client(kept):
    """What dicomweb-client itself asks for."""
    file = next(it for it in kept.values() if it.path.name == "CT_small.dcm")
    study, series, instance = file.uids
    studies = client.search_for_studies(search_filters={"StudyInstanceUID": study})
    check("the study is found", [it["0020000D"]["Value"][0] for it in studies] == [study], studies)
    number = str(file.all.PatientID)
    check("and by its number", any(it["0020000D"]["Value"][0] == study for it in client.search_for_studies(search_filters={"PatientID": number})))
    family = str(file.all.PatientName).split("^")[0]
    found = client.search_for_studies(fuzzymatching=True, search_filters={"PatientName": family.lower()})
    check("and by the beginning of its name", any(it["0020000D"]["Value"][0] == study for it in found))
    check("and not by another", client.search_for_studies(search_filters={"PatientID": "NOBODY"}) == [])
    day = str(file.all.StudyDate)
    check("and in its span of days", any(it["0020000D"]["Value"][0] == study for it in client.search_for_studies(search_filters={"StudyDate": f"{day}-{day}"})))
    check("series of the study", [it["0020000E"]["Value"][0] for it in client.search_for_series(study)] == [series])
    rows = client.search_for_instances(study, series)
    check("instances of the series", instance in [it["00080018"]["Value"][0] for it in rows])
    everything = client.search_for_instances(limit=1000)
    check("all instances", len(everything) == len(kept), f"{len(everything)} of {len(kept)}")
    page = client.search_for_instances(limit=3, offset=2)
    ids = lambda rows: [it["00080018"]["Value"][0] for it in rows]
    check("a page of them", ids(page) == ids(everything)[2:5])
    read = client.retrieve_instance(study, series, instance)
    check("the instance, read by pydicom", numpy.array_equal(read.pixel_array, file.all.pixel_array))
    all_of = client.retrieve_study(study)
    check("the whole study", instance in [it.SOPInstanceUID for it in all_of])
    check("the whole series", instance in [it.SOPInstanceUID for it in client.retrieve_series(study, series)])
    told = client.retrieve_instance_metadata(study, series, instance)
    check("metadata", told["00100010"]["Value"][0]["Alphabetic"] == str(file.all.PatientName))
    check("metadata of the study", len(client.retrieve_study_metadata(study)) == len(all_of))
    [frame] = client.retrieve_instance_frames(study, series, instance, [1])
    check("a frame", frame == file.all.PixelData[: len(frame)] and len(frame) == file.all.Rows * file.all.Columns * 2)
    [bulk] = client.retrieve_bulkdata(told["7FE00010"]["BulkDataURI"])
    check("bulk data by its address", bulk == frame)

    fresh = pydicom.dcmread(io.BytesIO(file.bytes))
    fresh.StudyInstanceUID, fresh.SeriesInstanceUID, fresh.SOPInstanceUID = (pydicom.uid.generate_uid() for _ in range(3))
    fresh.file_meta.MediaStorageSOPInstanceUID = fresh.SOPInstanceUID
    fresh.SpecificCharacterSet = "ISO_IR 192"
    fresh.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    told = client.store_instances([fresh])
    check("stored by the client", len(told.ReferencedSOPSequence) == 1 and "FailedSOPSequence" not in told, told)
    for words in ["山田", "たろう", "ヤマダ タロウ", "yamada"]:
        found = client.search_for_studies(fuzzymatching=True, search_filters={"PatientName": words})
        check(f"found by {words}", [it["0020000D"]["Value"][0] for it in found] == [fresh.StudyInstanceUID], len(found))
        name = found[0]["00100010"]["Value"][0] if found else {}
        check(f"in three groups by {words}", name == {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}, name)
    return fresh


def refusals(kept):
    """What must not work, each with its status."""
    file = next(iter(kept.values()))
    get = lambda path, **head: session.get(f"{BASE}{path}", headers=head).status_code
    nobody = requests.get(f"{BASE}/studies", verify=session.verify)
    check("without a token", nobody.status_code == 401 and "Bearer" in nobody.headers["WWW-Authenticate"], nobody.status_code)
    study = f"/studies/{file.uids[0]}"
    for what, status, expected in [
        ("a study that is not here", get("/studies/1.2.3.4.5"), 404),
        ("what is no UID", get("/studies/..%2f..%2fetc"), 400),
        ("an attribute that is none", get("/studies?PatinetID=1"), 400),
        ("a date that is none", get("/studies?StudyDate=20261399"), 400),
        ("metadata as XML", get(f"{study}/metadata", Accept='multipart/related; type="application/dicom+xml"'), 406),
        ("a study as a picture", get(study, Accept="image/png"), 406),
        ("nobody of this name", get("/studies?PatientName=nobody*"), 204),
    ]:
        check(what, status == expected, f"{status}, not {expected}")
    body, head = parts([file.bytes])
    post = lambda data, **more: session.post(f"{BASE}/studies", data=data, headers={**head, **more})
    check("the same again is fine", post(body).status_code == 200)
    check("a message that breaks off", post(body[:-20]).status_code in (202, 400))
    check("a message of another kind", post(body, **{"Content-Type": "application/json"}).status_code == 415)
    garbage = stow([b"no file at all"])
    check("garbage", garbage.status_code == 409 and garbage.json()["0008119A"]["Value"][0]["00081197"]["Value"] == [0xC000], garbage.text)
    both = stow([file.bytes, b"no file at all"])
    check("some and garbage", both.status_code == 202 and "00081199" in both.json() and "0008119A" in both.json(), both.text)
    other = stow([file.bytes], f"{BASE}/studies/1.2.3.4")
    check("into another study", other.status_code == 409 and other.json()["00081198"]["Value"][0]["00081197"]["Value"] == [0xA900], other.text)
    cut = stow([file.bytes[: len(file.bytes) // 2]])
    check("half a file", cut.status_code == 409, cut.text)
    part = session.get(file.address, headers={"Accept": "application/dicom; transfer-syntax=*", "Range": "bytes=128-131"})
    check("a range", part.status_code == 206 and part.content == b"DICM", part.content[:20])
    described = session.get(f"{BASE}/").json()
    check("what it can do", described["openapi"].startswith("3.") and "/studies" in described["paths"])


files, none = composite()
print(f"{len(files)} composite instances, {len(none)} other files")
check("pydicom ships its test files", len(files) > 100)
kept, refused = store_all(files)
different = len({it.data_set for it in files})
check("nothing but what is broken is missing", len(kept) == different - len(BROKEN), (len(kept), different))
step(f"stored {len(kept)}, those of a name that was taken under another; refused {len(refused)}")
for name, status, reason in refused:
    print(f"   refused {name}: {status} {reason:#06x}")
read_back(kept)
step("read back byte for byte")
metadata(kept)
step("metadata say what pydicom reads")
counted = frames(kept)
step(f"frames: {dict(counted)}")
transcoded(kept)
step("the same samples in every syntax")
drawn(kept)
step("pictures for a screen")
refusals(kept)
step("refused what must be")
by_client(kept)
step("dicomweb-client")
print("all good" if not wrong else f"{len(wrong)} wrong")
sys.exit(1 if wrong else 0)
