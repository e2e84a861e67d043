-- A study was taken out of the system as files: by whom, and whether they name the patient.
CREATE TABLE study_copy (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    study_id TEXT NOT NULL,
    names_nobody INTEGER NOT NULL CHECK (names_nobody IN (0, 1)),
    -- Somebody has looked at every picture for names that are burnt in.
    looked_at INTEGER NOT NULL CHECK (looked_at IN (0, 1)),
    encrypted INTEGER NOT NULL CHECK (encrypted IN (0, 1)),
    instances INTEGER NOT NULL CHECK (instances > 0),
    taken_by TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    UNIQUE (facility_id, id),
    FOREIGN KEY (facility_id, study_id) REFERENCES study (facility_id, id)
) STRICT;
CREATE INDEX study_copy_study ON study_copy (facility_id, study_id, taken_at);
