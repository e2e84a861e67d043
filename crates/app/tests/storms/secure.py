"""A device with a certificate, by pynetdicom: `PORT CERTIFICATE KEY AUTHORITY FILE`. Prints what it was answered."""

import logging
import ssl
import sys

from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelFind, Verification

logging.disable(logging.CRITICAL)
port, certificate, key, authority, file = sys.argv[1:]
context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=authority)
context.load_cert_chain(certificate, key)
ae = AE(ae_title="CBCT1")
ae.add_requested_context(Verification)
ae.add_requested_context(CTImageStorage)
ae.add_requested_context(StudyRootQueryRetrieveInformationModelFind)
association = ae.associate("127.0.0.1", int(port), ae_title="HARUKA", tls_args=(context, "127.0.0.1"))
assert association.is_established, "no association"
print(association.dul.socket.socket.version())
print(f"echo {association.send_c_echo().Status:04x}")
print(f"store {association.send_c_store(dcmread(file)).Status:04x}")
asked = Dataset()
asked.QueryRetrieveLevel = "STUDY"
asked.StudyInstanceUID = "1.2.392.999.1"
answers = association.send_c_find(asked, StudyRootQueryRetrieveInformationModelFind)
print("find", *(f"{status.Status:04x}" for status, _ in answers))
association.release()
