-- Where a patient of online care is seen in person when needed (OV-202): decided by somebody, never assumed. The newest
-- row counts.
CREATE TABLE in_person_care (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    place TEXT NOT NULL CHECK (place IN ('here', 'elsewhere')),
    -- Name, telephone and way of the other facility.
    other BLOB NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX in_person_care_patient ON in_person_care (facility_id, patient_id, decided_at);
