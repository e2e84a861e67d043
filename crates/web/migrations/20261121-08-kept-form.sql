-- A form that met the lock: it waits, sealed, until the person has proven to be there, and is sent again then.
-- It belongs to a session and ends with it; facility, address and fields are inside what is sealed.
CREATE TABLE kept_form (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    -- 1: the door was closed; 0: refused, and kept for the other language.
    closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
    sealed BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX kept_form_session ON kept_form (session_id, made_at);
