-- What the patient's device could do (OV-166); repeatable, the newest counts.
CREATE TABLE device_test (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    booking_id TEXT NOT NULL REFERENCES booking (id),
    -- The browser's measurements as JSON; no content of picture or sound.
    result TEXT NOT NULL,
    overall TEXT NOT NULL CHECK (overall IN ('good', 'fair', 'bad', 'none')),
    agent TEXT NOT NULL,
    tested_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX device_test_booking ON device_test (facility_id, booking_id, tested_at);

-- The patient says where they are and that nobody else sees or hears (OV-210); repeatable, the newest counts.
CREATE TABLE arrival (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    booking_id TEXT NOT NULL REFERENCES booking (id),
    place TEXT NOT NULL,
    safe INTEGER NOT NULL CHECK (safe IN (0, 1)),
    clean INTEGER NOT NULL CHECK (clean IN (0, 1)),
    private INTEGER NOT NULL CHECK (private IN (0, 1)),
    -- Where exactly, who is there, medicines taken now, the number to call back.
    detail BLOB NOT NULL,
    stated_by TEXT NOT NULL,
    stated_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX arrival_booking ON arrival (facility_id, booking_id, stated_at);

-- A picture or paper from the patient, checked at the door.
CREATE TABLE paper (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    booking_id TEXT NOT NULL REFERENCES booking (id),
    kind TEXT NOT NULL CHECK (kind IN ('insurance', 'identity', 'asked')),
    media TEXT NOT NULL,
    blob_id BLOB NOT NULL,
    sealed_key BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    scanned INTEGER NOT NULL CHECK (scanned IN (0, 1)),
    sent_by TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX paper_booking ON paper (facility_id, booking_id, sent_at);

-- The clinic asks for files; each asking allows one file of the kind 'asked' (OV-247).
CREATE TABLE paper_request (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    booking_id TEXT NOT NULL REFERENCES booking (id),
    what BLOB NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX paper_request_booking ON paper_request (facility_id, booking_id);
