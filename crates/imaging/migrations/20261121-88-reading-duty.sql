-- What is owed on a request and its report (TR-04, TR-07): a copy at each facility, under its own key, with the same id.
CREATE TABLE reading_duty (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('open', 'images', 'inform', 'close', 'answer')),
    owed_by TEXT NOT NULL CHECK (owed_by IN ('asks', 'serves')),
    -- The incidental finding, word for word; empty for the others.
    subject BLOB NOT NULL,
    begun_at INTEGER NOT NULL,
    -- An incidental finding that is watched is due again on a later day.
    due_at INTEGER NOT NULL CHECK (due_at > begun_at),
    -- When the next letter about it is due, from the day on which it is overdue; none once it is done.
    letter_at INTEGER,
    done_at INTEGER,
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;
CREATE INDEX reading_duty_request ON reading_duty (facility_id, request_id);
CREATE INDEX reading_duty_due ON reading_duty (facility_id, due_at) WHERE done_at IS NULL;
CREATE INDEX reading_duty_letter ON reading_duty (letter_at) WHERE letter_at IS NOT NULL;
-- Of each kind one is open at a time, besides incidental findings.
CREATE UNIQUE INDEX reading_duty_once ON reading_duty (facility_id, request_id, kind, owed_by)
WHERE done_at IS NULL AND kind <> 'close';

-- What was done about it, by whom and when; never changed. The copy of the facility that reads says that it was done and how,
-- not what was said to the patient.
CREATE TABLE reading_duty_step (
    facility_id TEXT NOT NULL,
    duty_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    content BLOB NOT NULL,
    done_by TEXT NOT NULL,
    done_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, duty_id, number),
    FOREIGN KEY (facility_id, duty_id) REFERENCES reading_duty (facility_id, id)
) STRICT;

-- Whoever answers for a request at the facility that asked has changed: the newest row counts.
CREATE TABLE reading_responsible (
    facility_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    person_id TEXT NOT NULL REFERENCES person (id),
    reason BLOB NOT NULL,
    taken_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, request_id, number),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;
