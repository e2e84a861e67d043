-- What somebody of the staff has reported as dangerous to information, as it was at that moment. Never changed.
CREATE TABLE incident (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('lost', 'malware', 'strange', 'password', 'exposed')),
    -- What was cut at once: sessions, and the names of terminals.
    cut BLOB NOT NULL,
    reported_by TEXT NOT NULL REFERENCES person (id),
    reported_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id)
) STRICT;
CREATE INDEX incident_newest ON incident (facility_id, reported_at);

-- What happened with it since. Never changed.
CREATE TABLE incident_event (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    incident_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('words', 'taken', 'note', 'told', 'closed')),
    content BLOB NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, incident_id) REFERENCES incident (facility_id, id)
) STRICT;
CREATE INDEX incident_event_incident ON incident_event (facility_id, incident_id, at);
-- One person takes it over, and it is closed once.
CREATE UNIQUE INDEX incident_event_taken ON incident_event (facility_id, incident_id) WHERE kind = 'taken';
CREATE UNIQUE INDEX incident_event_closed ON incident_event (facility_id, incident_id) WHERE kind = 'closed';
