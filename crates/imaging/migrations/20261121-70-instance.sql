-- What devices sent: studies, their series, their instances. Whom a study shows is a claim of the device until a person
-- or a rule has compared it with a patient of the facility (TR-27).
CREATE TABLE study (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    uid TEXT NOT NULL,
    patient_id TEXT,
    -- Name in three groups, number, birth date, sex: sealed, as one text.
    claimed BLOB NOT NULL,
    -- YYYY-MM-DD, or empty.
    study_date TEXT NOT NULL,
    study_time TEXT NOT NULL,
    accession BLOB NOT NULL,
    description BLOB NOT NULL,
    first_at INTEGER NOT NULL,
    UNIQUE (facility_id, uid),
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX study_day ON study (facility_id, study_date, id);

-- Marks by which a study is found without its words lying open: beginnings of names, numbers.
CREATE TABLE study_mark (
    facility_id TEXT NOT NULL,
    mark BLOB NOT NULL,
    study_id TEXT NOT NULL REFERENCES study (id),
    PRIMARY KEY (facility_id, mark, study_id)
) STRICT;

CREATE TABLE series (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    study_id TEXT NOT NULL REFERENCES study (id),
    uid TEXT NOT NULL,
    modality TEXT NOT NULL,
    number INTEGER,
    description BLOB NOT NULL,
    body_part TEXT NOT NULL,
    UNIQUE (facility_id, uid),
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX series_study ON series (facility_id, study_id);

CREATE TABLE instance (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    series_id TEXT NOT NULL REFERENCES series (id),
    uid TEXT NOT NULL,
    class_uid TEXT NOT NULL,
    transfer_syntax TEXT NOT NULL,
    number INTEGER,
    pixel_rows INTEGER,
    pixel_columns INTEGER,
    frames INTEGER NOT NULL CHECK (frames > 0),
    lossy INTEGER NOT NULL CHECK (lossy IN (0, 1)),
    burned_in INTEGER CHECK (burned_in IN (0, 1)),
    -- The data set as received, without the header of a file: the same bytes whatever way they came.
    blob_id BLOB NOT NULL,
    sealed_key BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    -- Who sent it, how and from where.
    origin TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    UNIQUE (facility_id, uid),
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX instance_series ON instance (facility_id, series_id, number);
