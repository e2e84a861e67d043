-- A file that was sent to a case, at the facility whose person has sent it: its bytes lie there, in sealed segments.
CREATE TABLE lab_file (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    -- Null until it belongs to a bundle.
    bundle_id TEXT,
    -- Its name: it may name the patient.
    name BLOB NOT NULL,
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    sha256 TEXT NOT NULL,
    -- Whether a scanner has found it clean.
    scanned INTEGER NOT NULL CHECK (scanned IN (0, 1)),
    sent_by TEXT NOT NULL REFERENCES person (id),
    sent_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, case_id) REFERENCES lab_case (facility_id, id)
) STRICT;
CREATE INDEX lab_file_case ON lab_file (facility_id, case_id);

CREATE TABLE lab_file_segment (
    facility_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    blob_id TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
    PRIMARY KEY (facility_id, file_id, number),
    FOREIGN KEY (facility_id, file_id) REFERENCES lab_file (facility_id, id)
) STRICT;

-- Files that belong together: a copy of this row at each of the two facilities, the bytes at the holder alone.
CREATE TABLE lab_bundle (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    holder_id TEXT NOT NULL REFERENCES facility (id),
    kind TEXT NOT NULL,
    -- SHA-256 over names and digests of its files.
    digest TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    scanned INTEGER NOT NULL CHECK (scanned IN (0, 1)),
    note BLOB NOT NULL,
    made_by TEXT NOT NULL REFERENCES person (id),
    made_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, case_id) REFERENCES lab_case (facility_id, id)
) STRICT;
CREATE INDEX lab_bundle_case ON lab_bundle (facility_id, case_id);

CREATE TABLE lab_bundle_file (
    facility_id TEXT NOT NULL,
    bundle_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    name BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (facility_id, bundle_id, file_id),
    FOREIGN KEY (facility_id, bundle_id) REFERENCES lab_bundle (facility_id, id)
) STRICT;

-- What one person may do with the files of one case until a moment, instead of what the duty gives. The newest row counts.
CREATE TABLE lab_file_grant (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    -- Keys with spaces between; empty: nothing.
    uses TEXT NOT NULL,
    given_by TEXT NOT NULL REFERENCES person (id),
    given_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, case_id) REFERENCES lab_case (facility_id, id)
) STRICT;
CREATE INDEX lab_file_grant_case ON lab_file_grant (facility_id, case_id, person_id);
