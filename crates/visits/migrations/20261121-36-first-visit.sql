-- The doctor's decision what kind of visit this is; the newest row counts. The guideline's first visit and the claims
-- rules' one are two fields (OV-262).
CREATE TABLE first_visit (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    booking_id TEXT NOT NULL REFERENCES booking (id),
    guideline_visit TEXT NOT NULL CHECK (guideline_visit IN ('first', 'follow_up')),
    claims_visit TEXT NOT NULL CHECK (claims_visit IN ('first', 'repeat', 'private')),
    -- family_doctor or information; empty for a follow-up, and for a first visit that must be in person (OV-116).
    path TEXT NOT NULL CHECK (path IN ('', 'family_doctor', 'information')),
    -- Keys of the named sources, one space between two, and what they say (copied into the chart).
    sources TEXT NOT NULL,
    information BLOB NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX first_visit_booking ON first_visit (facility_id, booking_id, decided_at);
