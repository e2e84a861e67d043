-- Monitors that images are read from (TR-13), each with what its facility has accepted it for.
CREATE TABLE monitor (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    -- Where it stands, as people call it.
    name TEXT NOT NULL CHECK (length(name) > 0),
    model TEXT NOT NULL CHECK (length(model) > 0),
    serial TEXT NOT NULL,
    width_px INTEGER NOT NULL CHECK (width_px BETWEEN 640 AND 20000),
    height_px INTEGER NOT NULL CHECK (height_px BETWEEN 480 AND 20000),
    -- The grade of JESRA X-0093 that it has to reach here.
    grade TEXT NOT NULL CHECK (grade IN ('1a', '1b', '2')),
    -- Kinds of images that it was accepted for, divided by spaces.
    accepted_for TEXT NOT NULL CHECK (length(accepted_for) > 0),
    every_months INTEGER NOT NULL CHECK (every_months IN (3, 6, 12)),
    registered_by TEXT NOT NULL REFERENCES person (id),
    registered_at INTEGER NOT NULL,
    -- It is read from no longer.
    ended_by TEXT REFERENCES person (id),
    ended_at INTEGER,
    CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX monitor_name ON monitor (facility_id, name, id);

-- Checks of monitors. None is changed: a better result is a new check.
CREATE TABLE monitor_check (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    monitor_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('acceptance', 'look', 'measure')),
    passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
    -- YYYY-MM-DD
    checked_on TEXT NOT NULL,
    -- Thousandths of a candela per square metre; tenths of a percent.
    white_mcd_m2 INTEGER,
    black_mcd_m2 INTEGER,
    response_permille INTEGER,
    remark TEXT NOT NULL,
    checked_by TEXT NOT NULL REFERENCES person (id),
    checked_at INTEGER NOT NULL,
    CHECK ((kind = 'look') = (white_mcd_m2 IS NULL)),
    FOREIGN KEY (facility_id, monitor_id) REFERENCES monitor (facility_id, id)
) STRICT;
CREATE INDEX monitor_check_made ON monitor_check (facility_id, monitor_id, checked_at);
