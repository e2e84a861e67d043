-- A token by which a machine acts as a person at one facility. Only a mark of it is kept; ended, never deleted: the log
-- names it as the device.
CREATE TABLE bearer_token (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    token_mark BLOB NOT NULL UNIQUE,
    -- Which machine has it, in the words of whoever made it.
    label TEXT NOT NULL,
    -- What it is good for, divided by spaces.
    scopes TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- The last use, to an hour.
    used_at INTEGER,
    ended_by TEXT,
    ended_at INTEGER,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX bearer_token_person ON bearer_token (facility_id, person_id);
