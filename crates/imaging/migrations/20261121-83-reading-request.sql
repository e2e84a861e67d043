-- A request to read images, handed over to another facility: a copy at each, under its own key, with the same id.
CREATE TABLE reading_request (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    partner_id TEXT NOT NULL REFERENCES facility (id),
    agreement_id TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('asks', 'serves')),
    -- A patient of the facility that asks; at the other one the id only joins entries of the log.
    patient_id TEXT NOT NULL,
    examination TEXT NOT NULL,
    urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    content BLOB NOT NULL,
    -- The dentist or doctor who answers for it and reads the report.
    responsible_id TEXT NOT NULL REFERENCES person (id),
    asked_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL CHECK (due_at > asked_at),
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, agreement_id) REFERENCES agreement (facility_id, id)
) STRICT;
CREATE INDEX reading_request_due ON reading_request (facility_id, side, due_at);
CREATE INDEX reading_request_patient ON reading_request (facility_id, patient_id);

-- The images that go with it. Studies are rows of the facility that asks; the other one holds their ids and nothing else.
CREATE TABLE reading_request_study (
    facility_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    study_id TEXT NOT NULL,
    -- An earlier examination, for comparison.
    is_prior INTEGER NOT NULL CHECK (is_prior IN (0, 1)),
    PRIMARY KEY (facility_id, request_id, study_id),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;
CREATE INDEX reading_request_study_study ON reading_request_study (facility_id, study_id);

-- Who reads it; the newest row counts, so a taking over says whose case it was and why.
CREATE TABLE reading_taking (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    person_id TEXT NOT NULL REFERENCES person (id),
    -- Why it was taken over from a colleague; empty in the first row only.
    reason BLOB NOT NULL,
    taken_at INTEGER NOT NULL,
    UNIQUE (facility_id, request_id, number),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;

-- It came to an end without a report: sent back by those who were asked, or withdrawn by those who asked.
CREATE TABLE reading_stop (
    facility_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('returned', 'withdrawn')),
    reason BLOB NOT NULL,
    stopped_by TEXT NOT NULL,
    stopped_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, request_id),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;

-- A person has decided that a study shows this patient although the device says otherwise, or too little. The newest row of a
-- study counts; the older ones are its history.
CREATE TABLE study_match (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    study_id TEXT NOT NULL,
    patient_id TEXT NOT NULL REFERENCES patient (id),
    -- What differed or was missing at that moment, as the rule named it.
    finding BLOB NOT NULL,
    reason BLOB NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    FOREIGN KEY (facility_id, study_id) REFERENCES study (facility_id, id)
) STRICT;
CREATE INDEX study_match_newest ON study_match (facility_id, study_id, decided_at);
