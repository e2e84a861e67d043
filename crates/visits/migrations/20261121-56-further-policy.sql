-- What the patient was told about how it goes on (OV-131); the newest row of a visit counts, the older ones stay.
CREATE TABLE further_policy (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    way TEXT NOT NULL CHECK (way IN ('online', 'in_person', 'as_needed', 'referred')),
    next_on TEXT,
    -- What happens next, and where to go if it gets worse, sealed.
    words BLOB NOT NULL,
    told_by TEXT NOT NULL,
    told_at INTEGER NOT NULL,
    CHECK (way NOT IN ('online', 'in_person') OR next_on IS NOT NULL)
) STRICT;
CREATE INDEX further_policy_booking ON further_policy (facility_id, booking_id, told_at);
