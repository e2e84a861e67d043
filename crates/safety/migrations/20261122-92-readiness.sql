-- What a facility has written before something happens: rules, plan, risks, contacts. Each version is a row, never changed.
CREATE TABLE readiness (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('rules', 'plan', 'risks', 'contacts')),
    number INTEGER NOT NULL CHECK (number >= 1),
    -- The rows of the paper.
    content BLOB NOT NULL,
    -- Edition of the proposal that it was made from.
    edition TEXT NOT NULL,
    written_by TEXT NOT NULL REFERENCES person (id),
    written_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id)
) STRICT;
CREATE UNIQUE INDEX readiness_number ON readiness (facility_id, kind, number);

-- An exercise of the plan. Never changed.
CREATE TABLE drill (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    held_on TEXT NOT NULL,
    -- Who took part, what was tried, what was found, what is changed.
    content BLOB NOT NULL,
    recorded_by TEXT NOT NULL REFERENCES person (id),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id)
) STRICT;
CREATE INDEX drill_newest ON drill (facility_id, held_on);
