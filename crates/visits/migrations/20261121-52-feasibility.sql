-- The doctor's judgement whether this visit can be held online; the newest row of a booking counts (OV-103, OV-110, OV-160).
CREATE TABLE feasibility (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    verdict TEXT NOT NULL CHECK (verdict IN ('suitable', 'not_suitable', 'insufficient')),
    -- Useful information in place of in-person findings was obtained.
    information INTEGER NOT NULL CHECK (information IN (0, 1)),
    reason BLOB NOT NULL,
    judged_by TEXT NOT NULL,
    judged_at INTEGER NOT NULL
) STRICT;
CREATE INDEX feasibility_booking ON feasibility (facility_id, booking_id, judged_at);
