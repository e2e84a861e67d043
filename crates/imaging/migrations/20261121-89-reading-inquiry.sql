-- Questions about a reading and their answers, in one thread (TR-04): a copy at each facility, under its own key. Never changed.
CREATE TABLE reading_inquiry (
    facility_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    side TEXT NOT NULL CHECK (side IN ('asks', 'serves')),
    content BLOB NOT NULL,
    said_by TEXT NOT NULL,
    said_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, request_id, number),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;
