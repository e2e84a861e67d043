-- What somebody has marked on the images of a study (TR-24): each saving is a version, and none is ever changed. The rows
-- are those of the facility whose images they are, whoever draws.
CREATE TABLE mark_version (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    study_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    -- Where this person worked when it was saved.
    from_id TEXT NOT NULL REFERENCES facility (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    -- Marks and key images, and who saved them, sealed as one text.
    body BLOB NOT NULL,
    saved_at INTEGER NOT NULL,
    UNIQUE (facility_id, id),
    UNIQUE (facility_id, study_id, person_id, number),
    FOREIGN KEY (facility_id, study_id) REFERENCES study (facility_id, id)
) STRICT;

-- A version that its author has kept, by a button or by signing the report: from then on it is the other facility's to see
-- too, and DICOM objects of the study are written from it.
CREATE TABLE mark_keeping (
    facility_id TEXT NOT NULL,
    version_id TEXT NOT NULL,
    kept_by TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    tries INTEGER NOT NULL CHECK (tries >= 0),
    next_try_at INTEGER NOT NULL,
    -- When its objects lay among the images of the study.
    written_at INTEGER,
    PRIMARY KEY (facility_id, version_id),
    FOREIGN KEY (facility_id, version_id) REFERENCES mark_version (facility_id, id)
) STRICT;
CREATE INDEX mark_keeping_open ON mark_keeping (next_try_at) WHERE written_at IS NULL;
