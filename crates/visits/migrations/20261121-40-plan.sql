-- What a facility usually writes into its plans; the newest row counts.
CREATE TABLE plan_template (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    parts TEXT NOT NULL,
    -- Years that plans are kept after the online care is completed (OV-265).
    kept_years INTEGER NOT NULL CHECK (kept_years BETWEEN 2 AND 100),
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX plan_template_newest ON plan_template (facility_id, made_at);

-- One course of online care of one patient. There is no act that deletes it.
CREATE TABLE plan (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    -- The day on which online care ended starts the retention.
    completed_on TEXT,
    completed_by TEXT,
    completed_at INTEGER,
    CHECK ((completed_on IS NULL) = (completed_by IS NULL) AND (completed_on IS NULL) = (completed_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX plan_live ON plan (facility_id, patient_id) WHERE completed_on IS NULL;

-- What the doctor is writing; gone when it is finalised.
CREATE TABLE plan_draft (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    content BLOB NOT NULL,
    saved_by TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, patient_id)
) STRICT;

-- A finalised version; never changed.
CREATE TABLE plan_version (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    plan_id TEXT NOT NULL REFERENCES plan (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    -- Nine parts, day of the evaluation in person, reason of the change: sealed.
    content BLOB NOT NULL,
    -- 1: a doctor whom the version before does not name changed it, so it counts only once the patient agrees (OV-135).
    needs_agreement INTEGER NOT NULL CHECK (needs_agreement IN (0, 1)),
    finalised_by TEXT NOT NULL,
    finalised_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX plan_version_number ON plan_version (facility_id, plan_id, number);

-- The doctors whom a version names.
CREATE TABLE plan_doctor (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    version_id TEXT NOT NULL REFERENCES plan_version (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    PRIMARY KEY (facility_id, version_id, person_id)
) STRICT;

-- The patient has read a version, or agrees to one that a new doctor made.
CREATE TABLE plan_answer (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    version_id TEXT NOT NULL REFERENCES plan_version (id),
    kind TEXT NOT NULL CHECK (kind IN ('read', 'agreed')),
    answered_by TEXT NOT NULL,
    answered_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX plan_answer_once ON plan_answer (facility_id, version_id, kind, answered_by);

-- A visit by a doctor whom the plan does not name (OV-117): the hand-over, and the patient's consent to the substitute.
CREATE TABLE plan_substitute (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    doctor_id TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('hand_over', 'patient')),
    note BLOB NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX plan_substitute_once ON plan_substitute (facility_id, booking_id, doctor_id, kind);
