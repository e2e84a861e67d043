-- How the patient's identity was confirmed; the newest row of a booking counts. Kinds of documents, never numbers (OV-140).
CREATE TABLE identity_check (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    method TEXT NOT NULL,
    document_one TEXT NOT NULL,
    document_two TEXT NOT NULL,
    inspected INTEGER NOT NULL CHECK (inspected IN (0, 1)),
    asked INTEGER NOT NULL CHECK (asked IN (0, 1)),
    -- Why no document could be shown, in an emergency.
    reason BLOB NOT NULL,
    checked_by TEXT NOT NULL,
    checked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_check_booking ON identity_check (facility_id, booking_id, checked_at);

-- How the doctor was made known to the patient; the newest row of a booking counts.
CREATE TABLE identity_shown (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    how TEXT NOT NULL CHECK (how IN ('identity_card', 'photo_document', 'evidently_known')),
    shown_by TEXT NOT NULL,
    shown_at INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_shown_booking ON identity_shown (facility_id, booking_id, shown_at);
