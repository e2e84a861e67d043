-- Qualifications of readers, checked by somebody on a day; the newest row of a kind counts. No numbers are kept.
CREATE TABLE reader_qualification (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('oral_radiologist', 'equal', 'diagnostic_radiologist')),
    -- The last day; NULL for one that does not end.
    valid_until TEXT,
    checked_how TEXT NOT NULL,
    checked_by TEXT NOT NULL,
    checked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX reader_qualification_person ON reader_qualification (facility_id, person_id, checked_at);
