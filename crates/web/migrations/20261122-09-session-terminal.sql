-- The terminal of a session, where it is known and images may be shown on it.
ALTER TABLE session ADD COLUMN device_id TEXT;
CREATE INDEX session_device ON session (device_id);
