CREATE TABLE facility (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('clinic', 'hospital', 'laboratory', 'pharmacy', 'nursing')),
    field TEXT NOT NULL CHECK (field IN ('medical', 'dental')),
    name TEXT NOT NULL,
    -- The part of the public address after the host; letters, digits, hyphens.
    slug TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    mail TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

-- What the public page says; a new text is a new row, the newest counts.
CREATE TABLE facility_text (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    intro TEXT NOT NULL,
    cannot_online TEXT NOT NULL,
    consultation_fee_yen INTEGER,
    emergency TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX facility_text_newest ON facility_text (facility_id, made_at);

-- The person responsible for the safety of information (CS-101); the newest row counts.
CREATE TABLE safety_officer (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    person_id TEXT NOT NULL,
    named_by TEXT NOT NULL,
    named_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;

-- Notification of online care to the prefecture (OV-260); the newest row counts.
CREATE TABLE online_notification (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    authority TEXT NOT NULL,
    -- NULL while only the transition of clinics active on 2026-04-01 carries it.
    notified_on TEXT,
    active_on_20260401 INTEGER NOT NULL CHECK (active_on_20260401 IN (0, 1)),
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;

-- The facility has read the operator's explanation and the demarcation of responsibility (OV-241).
CREATE TABLE operator_acknowledgement (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    document_version TEXT NOT NULL,
    person_id TEXT NOT NULL,
    acknowledged_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
