-- A file that the door did not let in because of the virus scanner (CS-155): found, or not answered.
CREATE TABLE paper_refusal (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    booking_id TEXT NOT NULL REFERENCES booking (id),
    cause TEXT NOT NULL CHECK (cause IN ('malware', 'not_scanned')),
    refused_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX paper_refusal_newest ON paper_refusal (facility_id, refused_at);
