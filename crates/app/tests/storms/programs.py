"""A program with a certificate, by dicomweb-client over requests: `PORT CERTIFICATE KEY AUTHORITY TOKEN FILE`. Prints what
it was answered."""

import sys

import requests
from dicomweb_client.api import DICOMwebClient
from pydicom import dcmread

port, certificate, key, authority, token, file = sys.argv[1:]
session = requests.Session()
# Whatever authority the surroundings name, here it is this one.
session.trust_env = False
session.verify = authority
session.cert = (certificate, key)
session.headers["Authorization"] = f"Bearer {token}"
client = DICOMwebClient(f"https://127.0.0.1:{port}/dicom-web", session=session)
try:
    answer = client.store_instances([dcmread(file)])
except requests.HTTPError as error:
    print("refused", error.response.status_code, error.response.text.strip())
    sys.exit()
print("stored", len(answer.ReferencedSOPSequence))
print("found", len(client.search_for_studies(search_filters={"PatientID": "00012"})))
fetched = client.retrieve_instance("1.2.392.999.1", "1.2.392.999.1.1", "1.2.392.999.1.1.1")
print("fetched", fetched.SOPInstanceUID, fetched.PatientName)
