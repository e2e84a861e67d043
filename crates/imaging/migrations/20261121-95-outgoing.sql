-- Archives that take the reports on what their facility has asked others to read.
ALTER TABLE station ADD COLUMN takes_reports INTEGER NOT NULL DEFAULT 0 CHECK (takes_reports IN (0, 1));

-- A signed version as a DICOM object of the facility that asked: once as paper, once as a structured report. The id makes
-- the object's identifier: whatever is written or sent again is the same object.
CREATE TABLE report_object (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    report_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('pdf', 'sr')),
    asked_at INTEGER NOT NULL,
    tries INTEGER NOT NULL CHECK (tries >= 0),
    next_try_at INTEGER NOT NULL,
    -- When it was written and lay among the images of the study; nothing is sent before.
    kept_at INTEGER,
    UNIQUE (facility_id, id),
    UNIQUE (facility_id, report_id, kind),
    FOREIGN KEY (facility_id, report_id) REFERENCES reading_report (facility_id, id)
) STRICT;
CREATE INDEX report_object_request ON report_object (facility_id, request_id);
CREATE INDEX report_object_open ON report_object (next_try_at) WHERE kept_at IS NULL;

-- An object on its way to a station; it is tried until it is stored, or the station's registration ends.
CREATE TABLE outgoing (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    object_id TEXT NOT NULL,
    station_id TEXT NOT NULL,
    tries INTEGER NOT NULL CHECK (tries >= 0),
    next_try_at INTEGER NOT NULL,
    stored_at INTEGER,
    UNIQUE (facility_id, id),
    UNIQUE (facility_id, object_id, station_id),
    FOREIGN KEY (facility_id, object_id) REFERENCES report_object (facility_id, id),
    FOREIGN KEY (facility_id, station_id) REFERENCES station (facility_id, id)
) STRICT;
CREATE INDEX outgoing_open ON outgoing (next_try_at) WHERE stored_at IS NULL;

-- What a try came to, where it was another outcome than the one before: how it went, without a row for every night.
CREATE TABLE outgoing_outcome (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    outgoing_id TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('stored', 'refused', 'not_taken', 'rejected', 'away', 'unreadable')),
    -- The status that the station answered.
    status INTEGER,
    tried_at INTEGER NOT NULL,
    FOREIGN KEY (facility_id, outgoing_id) REFERENCES outgoing (facility_id, id)
) STRICT;
CREATE INDEX outgoing_outcome_of ON outgoing_outcome (facility_id, outgoing_id, tried_at);
