"""pynetdicom as a peer. `store PORT`: sends every file inside pydicom; prints a line for each, and the digest of what was
sent. `commit PORT`: stores one instance and asks whether it, and one that was never sent, are kept."""

import hashlib
import io
import logging
import os
import sys
import threading
import warnings

import pydicom
import pydicom.data
from pydicom.filewriter import write_dataset
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, evt
from pynetdicom.sop_class import StorageCommitmentPushModel

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
FOLDER = os.path.join(os.path.dirname(pydicom.data.__file__), "test_files")


def names():
    for folder, _, files in sorted(os.walk(FOLDER)):
        for name in sorted(files):
            path = os.path.join(folder, name)
            if not name.endswith((".py", ".json", ".md", ".txt", ".pyc")):
                yield os.path.relpath(path, FOLDER), path


def body(path, data_set):
    """The data set of a file as its bytes lie there."""
    with open(path, "rb") as file:
        whole = file.read()
    reader = io.BytesIO(whole)
    reader.seek(132)
    pydicom.filereader._read_file_meta_info(reader)
    return whole[reader.tell():]


def store(port):
    from pynetdicom.dimse_primitives import C_STORE

    for name, path in names():
        try:
            data_set = pydicom.dcmread(path)
            syntax = data_set.file_meta.TransferSyntaxUID
            sop_class, instance = data_set.SOPClassUID, data_set.SOPInstanceUID
        except Exception as error:  # no DICOM file, or none that says what it is
            print(name, "not sent", type(error).__name__)
            continue
        ae = AE(ae_title="PYNETDICOM")
        ae.add_requested_context(sop_class, syntax)
        association = ae.associate("127.0.0.1", port, ae_title="HARUKA")
        if not association.is_established or not association.accepted_contexts:
            print(name, "no context")
            association.abort()
            continue
        # pynetdicom would write the data set anew; what lies in the file must go out.
        raw = body(path, data_set)
        request = C_STORE()
        request.MessageID, request.Priority = 1, 2
        request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = sop_class, instance
        request.DataSet = io.BytesIO(raw)
        context = association.accepted_contexts[0].context_id
        association._reactor_checkpoint.clear()
        association.dimse.send_msg(request, context)
        _, answer = association.dimse.get_msg(block=True)
        association._reactor_checkpoint.set()
        status = "none" if answer is None else f"{answer.Status:04x}"
        comment = getattr(answer, "ErrorComment", None) or ""
        print(f"{name} {status} {comment}".strip())
        if status == "0000":
            print("digest", instance, hashlib.sha256(raw).hexdigest())
        association.release()


def commit(port):
    path = os.path.join(FOLDER, "CT_small.dcm")
    data_set = pydicom.dcmread(path)
    told, answers = threading.Event(), []

    def report(event):
        answers.append(event.event_information)
        told.set()
        return 0x0000, None

    ae = AE(ae_title="PYNETDICOM")
    ae.add_requested_context(data_set.SOPClassUID, data_set.file_meta.TransferSyntaxUID)
    ae.add_requested_context(StorageCommitmentPushModel)
    handlers = [(evt.EVT_N_EVENT_REPORT, report)]
    association = ae.associate("127.0.0.1", port, ae_title="HARUKA", evt_handlers=handlers)
    assert association.send_c_store(data_set).Status == 0
    asked = Dataset()
    asked.TransactionUID = generate_uid()
    asked.ReferencedSOPSequence = []
    for instance in (data_set.SOPInstanceUID, generate_uid()):
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = data_set.SOPClassUID, instance
        asked.ReferencedSOPSequence.append(item)
    status, _ = association.send_n_action(asked, 1, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1")
    assert status.Status == 0, status
    assert told.wait(20), "no report came"
    association.release()
    answer = answers[0]
    assert answer.TransactionUID == asked.TransactionUID
    print("kept", len(answer.ReferencedSOPSequence), "failed", len(answer.FailedSOPSequence))


{"store": store, "commit": commit}[sys.argv[1]](int(sys.argv[2]))
