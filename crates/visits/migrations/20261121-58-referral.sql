-- A letter to another facility about one patient, from one visit (OV-103, OV-160). Each version is a row; none is changed.
CREATE TABLE referral_letter (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    -- Addressee, reason, findings, course, wish: sealed.
    content BLOB NOT NULL,
    written_by TEXT NOT NULL,
    written_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX referral_letter_number ON referral_letter (facility_id, booking_id, number);
