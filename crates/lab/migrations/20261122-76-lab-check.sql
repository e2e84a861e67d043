-- The check of a file that is a scan or a design, at the facility where the file's bytes lie.
CREATE TABLE lab_check (
    facility_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    -- Counted before each try: a file that ends the whole server is not tried for ever.
    tries INTEGER NOT NULL CHECK (tries >= 0),
    next_try_at INTEGER NOT NULL,
    -- What was found out, as JSON; teeth and names of files stand in it. Null until then.
    outcome BLOB,
    checked_at INTEGER,
    CHECK ((outcome IS NULL) = (checked_at IS NULL)),
    PRIMARY KEY (facility_id, file_id),
    FOREIGN KEY (facility_id, file_id) REFERENCES lab_file (facility_id, id),
    FOREIGN KEY (facility_id, case_id) REFERENCES lab_case (facility_id, id)
) STRICT;
CREATE INDEX lab_check_open ON lab_check (next_try_at) WHERE checked_at IS NULL;

-- A level of detail of a checked file, made for looking at: a blob of its own. Number 0 is the whole surface.
CREATE TABLE lab_level (
    facility_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 0),
    triangles INTEGER NOT NULL CHECK (triangles > 0),
    error_mm REAL NOT NULL CHECK (error_mm >= 0),
    blob_id TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
    PRIMARY KEY (facility_id, file_id, number),
    FOREIGN KEY (facility_id, file_id) REFERENCES lab_check (facility_id, file_id)
) STRICT;
