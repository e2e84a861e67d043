-- What a facility adds to the explanation, as a list of sentences; the newest number counts, none is ever changed.
CREATE TABLE consent_text (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    lines TEXT NOT NULL,
    -- Whether patients who agreed to an earlier text are asked again.
    material INTEGER NOT NULL CHECK (material IN (0, 1)),
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX consent_text_number ON consent_text (facility_id, number);

-- One part of the text, every item ticked by one person. A part that is not complete leaves no row.
CREATE TABLE consent_reading (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    kind TEXT NOT NULL CHECK (kind IN ('explanation', 'security', 'duties')),
    text_base TEXT NOT NULL,
    text_own INTEGER NOT NULL,
    read_by TEXT NOT NULL,
    session_id TEXT,
    read_at INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_reading_patient ON consent_reading (facility_id, patient_id, read_at);

-- The patient's own wish (OV-102). Never changed; withdrawn by a row of its own.
CREATE TABLE consent (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    -- Under which booking it was given; it holds for all visits of this patient here.
    booking_id TEXT NOT NULL REFERENCES booking (id),
    text_base TEXT NOT NULL,
    text_own INTEGER NOT NULL,
    -- The whole text as shown, the ticks, the name as typed, the relation, where from: sealed.
    record BLOB NOT NULL,
    shown_digest BLOB NOT NULL,
    -- Nobody else's hand can be written down: the staff has none here.
    hand TEXT NOT NULL CHECK (hand IN ('patient', 'guardian')),
    -- 0: the explanation was postponed in an emergency.
    explained INTEGER NOT NULL CHECK (explained IN (0, 1)),
    given_by TEXT NOT NULL,
    session_id TEXT,
    given_at INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_patient ON consent (facility_id, patient_id, given_at);

CREATE TABLE consent_withdrawal (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    consent_id TEXT NOT NULL REFERENCES consent (id),
    reason BLOB NOT NULL,
    withdrawn_by TEXT NOT NULL,
    withdrawn_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX consent_withdrawal_once ON consent_withdrawal (facility_id, consent_id);

-- The doctor postponed the explanation of one visit in an emergency (OV-104).
CREATE TABLE explanation_postponement (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    reason BLOB NOT NULL,
    postponed_by TEXT NOT NULL,
    postponed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX explanation_postponement_once ON explanation_postponement (facility_id, booking_id);
