-- Whoever signs in by an own name: staff of one or several facilities, guardians. A sign-in belongs to one human.
CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    family TEXT NOT NULL,
    given TEXT NOT NULL,
    family_kana TEXT NOT NULL,
    given_kana TEXT NOT NULL,
    mail TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    -- A leaver's account is closed, never deleted: the log names it.
    closed_at INTEGER,
    closed_by TEXT
) STRICT;

-- What a person is and may do at a facility. Ended, never deleted.
CREATE TABLE duty (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    -- A job (profession) or a charge (administration, safety, inspection); see data/access-2026-11.json.
    name TEXT NOT NULL,
    given_by TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    ended_by TEXT,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX duty_live ON duty (facility_id, person_id, name) WHERE ended_at IS NULL;
CREATE INDEX duty_person ON duty (person_id, ended_at);

-- A licence somebody has checked with own eyes; only the kind and year are kept, no number.
CREATE TABLE licence (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    registered_year INTEGER NOT NULL,
    checked_how TEXT NOT NULL,
    checked_by TEXT NOT NULL,
    checked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX licence_person ON licence (facility_id, person_id);

-- Photograph for the identity card; the newest row counts.
CREATE TABLE person_photo (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    blob_id TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;

-- Training by the ministry's course and others (OV-301).
CREATE TABLE training (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    course TEXT NOT NULL,
    certificate TEXT NOT NULL,
    completed_on TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX training_person ON training (facility_id, person_id);
