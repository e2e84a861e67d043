-- The server's clock compared with a reference. Of the installation, not of a facility: there is one clock.
CREATE TABLE clock_check (
    id TEXT NOT NULL PRIMARY KEY,
    -- Who was asked; empty when nobody is set.
    source TEXT NOT NULL,
    checked_at INTEGER NOT NULL,
    -- Reference minus server, and how long question and answer took. Neither when there was no answer.
    offset_us INTEGER,
    round_trip_us INTEGER,
    CHECK ((offset_us IS NULL) = (round_trip_us IS NULL))
) STRICT;
CREATE INDEX clock_check_newest ON clock_check (checked_at);

-- A log that is not signed because it does not continue what was signed before. Gone when it is signed again.
CREATE TABLE audit_alarm (
    facility_id TEXT NOT NULL PRIMARY KEY,
    why TEXT NOT NULL,
    raised_at INTEGER NOT NULL,
    tried_at INTEGER NOT NULL
) STRICT;
