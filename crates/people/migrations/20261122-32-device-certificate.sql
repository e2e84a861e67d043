-- Certificates by which programs and browsers prove on which device they are. Ended, never deleted: the log names them.
CREATE TABLE device_certificate (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    -- SHA-256 of the certificate, in hexadecimal.
    fingerprint TEXT NOT NULL UNIQUE CHECK (length(fingerprint) = 64),
    origin TEXT NOT NULL CHECK (origin IN ('enrolment', 'renewal', 'browser')),
    made_at INTEGER NOT NULL,
    begins_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL CHECK (ends_at > begins_at),
    -- The last use, to an hour.
    used_at INTEGER,
    -- When it was refused last, to a minute: the log has an entry of then.
    refused_at INTEGER,
    ended_by TEXT,
    ended_at INTEGER,
    CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    FOREIGN KEY (facility_id, device_id) REFERENCES device (facility_id, id)
) STRICT;
CREATE INDEX device_certificate_device ON device_certificate (facility_id, device_id, made_at);

-- What a one-time code is for. One for the agent is found by its mark alone: a program says no facility.
ALTER TABLE device_code ADD COLUMN purpose TEXT NOT NULL DEFAULT 'browser' CHECK (purpose IN ('browser', 'agent'));
CREATE INDEX device_code_mark ON device_code (mark);
