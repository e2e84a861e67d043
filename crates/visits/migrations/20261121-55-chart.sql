-- What is being written into the chart at one visit; gone when it is finalised. `revision` counts the saves, so that two
-- windows cannot write over each other unseen.
CREATE TABLE chart_draft (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    content BLOB NOT NULL,
    saved_by TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, booking_id)
) STRICT;

-- A finalised version of a visit's chart entry; never changed, never deleted.
CREATE TABLE chart_version (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    -- What the doctor wrote.
    content BLOB NOT NULL,
    -- What the house knew of the visit at that moment: times, persons, identity, place.
    facts BLOB NOT NULL,
    -- Why it was changed; empty in the first version only.
    reason BLOB NOT NULL,
    entered_by TEXT NOT NULL,
    finalised_by TEXT NOT NULL,
    finalised_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX chart_version_number ON chart_version (facility_id, booking_id, number);
