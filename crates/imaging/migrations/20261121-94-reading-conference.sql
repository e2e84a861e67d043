-- Conferences over a case between the two facilities of a request: a copy at each, under its own key. Nothing is changed later;
-- what follows is a row of its own.
CREATE TABLE reading_conference (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    -- Two who propose at once would take the same number.
    number INTEGER NOT NULL CHECK (number >= 1),
    -- By whom it was proposed, seen from the request.
    side TEXT NOT NULL CHECK (side IN ('asks', 'serves')),
    content BLOB NOT NULL,
    -- The key that vouches for the browsers of this conference.
    seed BLOB NOT NULL,
    planned_at INTEGER NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    UNIQUE (facility_id, request_id, number),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;

-- Who may come in: people of either side, named by their own.
CREATE TABLE reading_conference_person (
    facility_id TEXT NOT NULL,
    conference_id TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('asks', 'serves')),
    person_id TEXT NOT NULL REFERENCES person (id),
    named_by TEXT NOT NULL,
    named_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, conference_id, side, person_id),
    FOREIGN KEY (facility_id, conference_id) REFERENCES reading_conference (facility_id, id)
) STRICT;

CREATE TABLE reading_conference_start (
    facility_id TEXT NOT NULL,
    conference_id TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, conference_id),
    FOREIGN KEY (facility_id, conference_id) REFERENCES reading_conference (facility_id, id)
) STRICT;

-- Closed after it was held, or called off before.
CREATE TABLE reading_conference_end (
    facility_id TEXT NOT NULL,
    conference_id TEXT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('held', 'called_off')),
    ended_by TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, conference_id),
    FOREIGN KEY (facility_id, conference_id) REFERENCES reading_conference (facility_id, id)
) STRICT;

-- Who was there, from when to when, by the open line of the browser.
CREATE TABLE reading_conference_presence (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    conference_id TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('asks', 'serves')),
    person_id TEXT NOT NULL REFERENCES person (id),
    joined_at INTEGER NOT NULL,
    left_at INTEGER,
    left_why TEXT,
    -- The browser met another key than the one that was signed, and stopped.
    mismatch_at INTEGER,
    CHECK ((left_at IS NULL) = (left_why IS NULL)),
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, conference_id) REFERENCES reading_conference (facility_id, id)
) STRICT;
CREATE INDEX reading_conference_presence_conference ON reading_conference_presence (facility_id, conference_id);
