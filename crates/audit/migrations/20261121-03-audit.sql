-- One row for every act. `leaf` is the RFC 6962 hash of the public header (facility, idx, at, act, class, outcome) and
-- the commitment; `commitment` is the SHA-256 of a salt and of who, patient, thing, request, session, address, device
-- and detail. `detail` is the salt and the detail, sealed together; empty once the entry was shredded.
CREATE TABLE audit_entry (
    facility_id TEXT NOT NULL,
    idx INTEGER NOT NULL CHECK (idx >= 0),
    at INTEGER NOT NULL,
    act TEXT NOT NULL,
    class TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    who TEXT NOT NULL,
    patient_id TEXT,
    thing_kind TEXT NOT NULL,
    thing_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    session_id TEXT,
    address TEXT,
    device_id TEXT,
    commitment BLOB NOT NULL,
    leaf BLOB NOT NULL,
    detail BLOB NOT NULL,
    PRIMARY KEY (facility_id, idx)
) STRICT;
CREATE INDEX audit_entry_at ON audit_entry (facility_id, at);
CREATE INDEX audit_entry_act ON audit_entry (facility_id, act, idx);
CREATE INDEX audit_entry_who ON audit_entry (facility_id, who, idx);
CREATE INDEX audit_entry_patient ON audit_entry (facility_id, patient_id, idx) WHERE patient_id IS NOT NULL;

-- Size of a facility's tree and the hashes of its complete subtrees, the largest first: all that an append needs.
CREATE TABLE audit_head (
    facility_id TEXT NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size >= 0),
    frontier BLOB NOT NULL
) STRICT;
