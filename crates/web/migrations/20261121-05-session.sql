-- A signed-in browser. The cookie's token is kept as a mark only.
CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    token_mark BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('staff', 'patient', 'guardian')),
    person_id TEXT,
    patient_id TEXT,
    facility_id TEXT,
    -- Factors proven at sign-in (1 or 2), and when they were last proven.
    factors INTEGER NOT NULL,
    proved_at INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    ended_at INTEGER,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    CHECK (kind = 'guardian' OR (person_id IS NULL) <> (patient_id IS NULL))
) STRICT;
CREATE INDEX session_person ON session (person_id, ended_at);
CREATE INDEX session_patient ON session (patient_id, ended_at);
