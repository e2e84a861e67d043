-- What devices sent: studies, their series, their instances. Whom a study shows is a claim of the device until a person
-- or a rule has compared it with a patient of the facility (TR-27).
CREATE TABLE study (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    uid TEXT NOT NULL,
    patient_id TEXT,
    -- What the device says of patient and examination, sealed as one text.
    claims BLOB NOT NULL,
    -- Studies with the same mark are claimed to show the same patient.
    patient_mark BLOB NOT NULL,
    -- YYYY-MM-DD, or empty.
    study_date TEXT NOT NULL,
    study_time TEXT NOT NULL,
    -- What its series are, as DICOM writes several values: CT\PX.
    modalities TEXT NOT NULL,
    -- Kept here so that a list of studies counts nothing.
    series_count INTEGER NOT NULL CHECK (series_count >= 0),
    instance_count INTEGER NOT NULL CHECK (instance_count >= 0),
    first_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (facility_id, uid),
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX study_day ON study (facility_id, study_date, id);
CREATE INDEX study_patient_mark ON study (facility_id, patient_mark, id);

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
    laterality TEXT NOT NULL,
    instance_count INTEGER NOT NULL CHECK (instance_count >= 0),
    UNIQUE (facility_id, uid),
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX series_study ON series (facility_id, study_id, id);

CREATE TABLE instance (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    series_id TEXT NOT NULL REFERENCES series (id),
    uid TEXT NOT NULL,
    class_uid TEXT NOT NULL,
    transfer_syntax TEXT NOT NULL,
    number INTEGER,
    -- Its number, or behind all numbers: the order in which a series is listed.
    place INTEGER NOT NULL,
    pixel_rows INTEGER,
    pixel_columns INTEGER,
    bits INTEGER,
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
CREATE INDEX instance_series ON instance (facility_id, series_id, place, id);

-- What is read out of an instance when it arrives, so that nobody has to open it again.
CREATE TABLE instance_header (
    instance_id TEXT NOT NULL REFERENCES instance (id),
    facility_id TEXT NOT NULL,
    -- All elements but the big ones as DICOM JSON (PS3.18 annex F), deflated and sealed.
    metadata BLOB NOT NULL,
    -- Where its pixels lie in the blob; none without pixels.
    pixels BLOB,
    PRIMARY KEY (facility_id, instance_id)
) STRICT;
