-- A patient of one facility. What names the person is sealed; marks find it again.
CREATE TABLE patient (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    -- The facility's own number (カルテ番号).
    number TEXT NOT NULL,
    name BLOB NOT NULL,
    birth_date BLOB NOT NULL,
    birth_mark BLOB NOT NULL,
    sex TEXT NOT NULL CHECK (sex IN ('female', 'male', 'other', 'unknown')),
    phone BLOB NOT NULL,
    mail BLOB NOT NULL,
    address BLOB NOT NULL,
    -- A reminder for the doctor: hard of hearing, hard to convey the condition (OV-120).
    remark BLOB NOT NULL,
    -- The facility for prompt care in person (OV-202); empty: this one.
    in_person_at BLOB NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX patient_number ON patient (facility_id, number);

-- Marks of the beginnings of a patient's names, for search.
CREATE TABLE patient_mark (
    facility_id TEXT NOT NULL,
    mark BLOB NOT NULL,
    patient_id TEXT NOT NULL REFERENCES patient (id),
    PRIMARY KEY (facility_id, mark, patient_id)
) STRICT;

-- Somebody who may act for a patient (OV-102): own sign-in, recorded relation.
CREATE TABLE guardian (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    relation TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX guardian_live ON guardian (facility_id, patient_id, person_id) WHERE ended_at IS NULL;
