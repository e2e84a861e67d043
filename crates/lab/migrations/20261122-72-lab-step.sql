-- Places outside the laboratory where a technician designs, with what the manager has checked. Ended, never deleted.
CREATE TABLE lab_remote_place (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('home', 'other')),
    -- Address and telephone, and how the manager made sure who it is.
    content BLOB NOT NULL,
    registered_by TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    ended_by TEXT,
    ended_at INTEGER,
    PRIMARY KEY (facility_id, id)
) STRICT;
CREATE INDEX lab_remote_place_person ON lab_remote_place (facility_id, person_id);

-- What was notified to the prefecture or city, as it stood then.
CREATE TABLE lab_notification (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    authority TEXT NOT NULL,
    filed_on TEXT NOT NULL,
    content BLOB NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id)
) STRICT;

-- Training for remote work: one row for each who attended.
CREATE TABLE lab_training (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    -- Keys of what it was about, with spaces between.
    contents TEXT NOT NULL,
    material TEXT NOT NULL,
    held_on TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id)
) STRICT;
CREATE INDEX lab_training_person ON lab_training (facility_id, person_id);

-- A step of the work: rows of the laboratory alone. Where a technician lives is no business of the clinic.
CREATE TABLE lab_step (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    -- Here, at another laboratory that the order names, or at a registered place.
    place TEXT NOT NULL CHECK (place IN ('here', 'named', 'remote')),
    place_id TEXT,
    -- The name of the other laboratory, what was confirmed, the device.
    content BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    -- Cutting and polishing happen in a laboratory (DL-02).
    CHECK (place <> 'remote' OR (kind IN ('design', 'check') AND place_id IS NOT NULL)),
    FOREIGN KEY (facility_id, case_id) REFERENCES lab_case (facility_id, id),
    FOREIGN KEY (facility_id, place_id) REFERENCES lab_remote_place (facility_id, id)
) STRICT;
CREATE INDEX lab_step_case ON lab_step (facility_id, case_id);

-- The end of a step, with the materials that were used.
CREATE TABLE lab_step_end (
    facility_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    content BLOB NOT NULL,
    ended_by TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, step_id),
    FOREIGN KEY (facility_id, step_id) REFERENCES lab_step (facility_id, id)
) STRICT;
