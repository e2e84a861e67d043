-- Devices and archives that may call by DICOM: whose they are, from where they may call, and where they can be reached.
CREATE TABLE station (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    -- The application entity title by which it calls.
    title TEXT NOT NULL,
    -- What people call it.
    name TEXT NOT NULL,
    -- The only address from which it may call; empty: any.
    address TEXT NOT NULL,
    -- Where it takes what is sent to it; no port: nowhere.
    host TEXT NOT NULL,
    port INTEGER CHECK (port BETWEEN 1 AND 65535),
    registered_by TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    ended_by TEXT,
    ended_at INTEGER,
    CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    CHECK (port IS NULL OR host <> ''),
    UNIQUE (facility_id, id)
) STRICT;
-- Whoever calls must be somebody's alone: the first who registers a title and address has it.
CREATE UNIQUE INDEX station_live ON station (title, address) WHERE ended_at IS NULL;
