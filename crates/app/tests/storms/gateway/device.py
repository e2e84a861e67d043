"""A device, by pynetdicom. `PORT TITLE ask [TRANSACTION]`: asks at PORT whether the three images of the first study, and one
that was never sent, are safe; prints the status, and the report if it comes on the same association.
`PORT TITLE hear OWN`: waits at OWN for a report, and prints it."""

import logging
import sys
import threading

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, StorageCommitmentPushModel

logging.disable(logging.CRITICAL)
INSTANCE = "1.2.840.10008.1.20.1.1"
told, reports = threading.Event(), []


def words(report):
    count = lambda name: len(getattr(report, name, []))
    return f"kept {count('ReferencedSOPSequence')} failed {count('FailedSOPSequence')}"


def heard(event):
    reports.append(event.event_information)
    told.set()
    return 0x0000, None


def ask(port, title, transaction=None):
    asked = Dataset()
    asked.TransactionUID = transaction or generate_uid()
    asked.ReferencedSOPSequence = []
    for number in (1, 2, 3, 4):
        item = Dataset()
        item.ReferencedSOPClassUID = CTImageStorage
        item.ReferencedSOPInstanceUID = f"1.2.392.999.1.1.{number}"
        asked.ReferencedSOPSequence.append(item)
    ae = AE(ae_title=title)
    ae.add_requested_context(StorageCommitmentPushModel)
    handlers = [(evt.EVT_N_EVENT_REPORT, heard)]
    association = ae.associate("127.0.0.1", port, ae_title="HARUKA", evt_handlers=handlers)
    assert association.is_established
    status, _ = association.send_n_action(asked, 1, StorageCommitmentPushModel, INSTANCE)
    print(f"status {status.Status:04x}")
    if status.Status == 0 and transaction is None:
        assert told.wait(60), "no report came"
        assert reports[0].TransactionUID == asked.TransactionUID
        print("report", words(reports[0]))
    association.release()


def hear(port, title, own):
    ae = AE(ae_title=title)
    ae.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
    server = ae.start_server(("127.0.0.1", int(own)), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, heard)])
    assert told.wait(120), "no report came"
    print("report", reports[0].TransactionUID, words(reports[0]), flush=True)
    server.shutdown()


{"ask": ask, "hear": hear}[sys.argv[3]](int(sys.argv[1]), sys.argv[2], *sys.argv[4:])
