-- What is being written about a request; gone when it is signed. `revision` counts the saves.
CREATE TABLE reading_draft (
    facility_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    content BLOB NOT NULL,
    saved_by TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, request_id),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;

-- A signed version, a copy at each facility; never changed, never deleted. The signature is over the text inside the seal,
-- so both copies carry the same one.
CREATE TABLE reading_report (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    body BLOB NOT NULL,
    public_key BLOB NOT NULL,
    signature BLOB NOT NULL,
    signed_by TEXT NOT NULL,
    signed_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    UNIQUE (facility_id, request_id, number),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;
