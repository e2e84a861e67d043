-- One-time codes by which a browser is enrolled as a device: short-lived, for a few tries.
CREATE TABLE device_code (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    mark BLOB NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL CHECK (expires_at > made_at),
    -- Wrong codes that were typed at the facility while this one was open.
    tries INTEGER NOT NULL CHECK (tries >= 0),
    used_at INTEGER,
    FOREIGN KEY (facility_id, device_id) REFERENCES device (facility_id, id)
) STRICT;
CREATE INDEX device_code_open ON device_code (facility_id, expires_at);

-- Browsers on a device, each known by a mark of what its cookie holds.
CREATE TABLE device_browser (
    facility_id TEXT NOT NULL,
    mark BLOB NOT NULL,
    device_id TEXT NOT NULL,
    -- What the browser called itself.
    agent TEXT NOT NULL,
    enrolled_by TEXT NOT NULL REFERENCES person (id),
    enrolled_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, mark),
    FOREIGN KEY (facility_id, device_id) REFERENCES device (facility_id, id)
) STRICT;

-- Sessions in such a browser.
CREATE TABLE device_session (
    facility_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, session_id),
    FOREIGN KEY (facility_id, device_id) REFERENCES device (facility_id, id)
) STRICT;
CREATE INDEX device_session_device ON device_session (facility_id, device_id);
