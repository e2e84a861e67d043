-- Terminals on which the staff sees images: a browser on a machine, known by a mark of what its cookie holds. Whoever sits
-- there says what it is; a manager allows what is carried about. Ended, never deleted: the log names it as the device.
CREATE TABLE terminal (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    mark BLOB NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('fixed', 'portable', 'virtual', 'personal')),
    -- What the browser called itself.
    agent TEXT NOT NULL,
    told_by TEXT NOT NULL REFERENCES person (id),
    told_at INTEGER NOT NULL,
    allowed_by TEXT REFERENCES person (id),
    allowed_at INTEGER,
    -- How it is kept safe, and its number in the facility's books.
    remark TEXT NOT NULL DEFAULT '',
    ended_by TEXT REFERENCES person (id),
    ended_at INTEGER,
    CHECK ((allowed_by IS NULL) = (allowed_at IS NULL)),
    CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    UNIQUE (facility_id, mark),
    UNIQUE (facility_id, id)
) STRICT;
