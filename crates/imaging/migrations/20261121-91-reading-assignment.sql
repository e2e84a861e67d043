-- What a reader takes on at this facility; the newest row of a person counts.
CREATE TABLE reader_scope (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    -- JSON lists: kinds of examination, ids of agreements; empty means all.
    examinations TEXT NOT NULL,
    agreements TEXT NOT NULL,
    open_max INTEGER CHECK (open_max >= 0),
    set_by TEXT NOT NULL,
    set_at INTEGER NOT NULL
) STRICT;
CREATE INDEX reader_scope_person ON reader_scope (facility_id, person_id, set_at);

-- For whom a request is meant at the facility that reads; the newest row counts. It binds nobody: taking it does.
CREATE TABLE reading_assignment (
    facility_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    person_id TEXT NOT NULL REFERENCES person (id),
    -- By the rule, or by somebody.
    how TEXT NOT NULL CHECK (how IN ('rule', 'hand')),
    assigned_by TEXT NOT NULL,
    assigned_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, request_id, number),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;

-- A second reading of a signed version, by another reader of the same facility, with the grade of what differs. It is this
-- facility's own: the one that asked learns of it by the new version that it leads to.
CREATE TABLE reading_second (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    report_id TEXT NOT NULL,
    report_number INTEGER NOT NULL,
    reader_id TEXT NOT NULL REFERENCES person (id),
    grade TEXT NOT NULL CHECK (grade IN ('agree', 'minor', 'relevant', 'grave')),
    note BLOB NOT NULL,
    read_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    -- Each reader says it once of each version.
    UNIQUE (facility_id, report_id, reader_id),
    FOREIGN KEY (facility_id, report_id) REFERENCES reading_report (facility_id, id)
) STRICT;
CREATE INDEX reading_second_request ON reading_second (facility_id, request_id);
