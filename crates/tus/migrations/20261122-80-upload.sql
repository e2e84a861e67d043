-- Files on their way in by tus. An upload that has ended stays until it expires: whoever lost the last answer still learns
-- that everything arrived.
CREATE TABLE upload (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    -- Whose finisher takes the file.
    purpose TEXT NOT NULL,
    -- Who sends it; nobody else may go on with it.
    person_id TEXT NOT NULL REFERENCES person (id),
    -- Unknown while its length is deferred.
    size_bytes INTEGER CHECK (size_bytes >= 0),
    received_bytes INTEGER NOT NULL CHECK (received_bytes >= 0),
    -- What the sender told of it: names of files may name patients.
    told BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (facility_id, id),
    CHECK (size_bytes IS NULL OR received_bytes <= size_bytes),
    CHECK (ended_at IS NULL OR received_bytes = size_bytes)
) STRICT;
CREATE INDEX upload_expires ON upload (facility_id, expires_at);

-- What has arrived of an upload: each piece is a blob of its own, durable before it is acknowledged.
CREATE TABLE upload_segment (
    facility_id TEXT NOT NULL,
    upload_id TEXT NOT NULL,
    at_byte INTEGER NOT NULL CHECK (at_byte >= 0),
    blob_id TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
    -- The second guard against two who send the same piece.
    PRIMARY KEY (facility_id, upload_id, at_byte),
    FOREIGN KEY (facility_id, upload_id) REFERENCES upload (facility_id, id)
) STRICT;
