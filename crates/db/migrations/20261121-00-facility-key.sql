-- A facility's key, wrapped by the master key. Without its row nothing that the facility sealed can be read again.
CREATE TABLE facility_key (
    facility_id TEXT NOT NULL PRIMARY KEY,
    wrapped BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
