-- The entry of the log under which an instance arrived: by it the row is compared with what the log says.
ALTER TABLE instance ADD COLUMN log_index INTEGER;

-- Images that are not what arrived; a row goes when the image is whole again (TR-12).
CREATE TABLE image_fault (
    facility_id TEXT NOT NULL,
    -- SOP Instance UID.
    uid TEXT NOT NULL,
    fault TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, uid)
) STRICT;

-- How far the server is with comparing all images of a facility.
CREATE TABLE image_round (
    facility_id TEXT NOT NULL PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    -- First 'images', one by one; then the 'log' of arrivals, the newest first; then it has 'ended'.
    part TEXT NOT NULL CHECK (part IN ('images', 'log', 'ended')),
    -- The last instance that was compared, or empty.
    after_id TEXT NOT NULL,
    -- The last entry that was compared.
    before_entry INTEGER,
    checked INTEGER NOT NULL CHECK (checked >= 0),
    ended_at INTEGER,
    CHECK ((part = 'ended') = (ended_at IS NOT NULL))
) STRICT;
