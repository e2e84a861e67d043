-- The key that signs a facility's checkpoints: `vkey` is public (C2SP signed-note), `seed` is sealed with the facility's key.
CREATE TABLE audit_key (
    facility_id TEXT NOT NULL PRIMARY KEY,
    vkey TEXT NOT NULL,
    seed BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

-- Every checkpoint signed so far (C2SP tlog-checkpoint). `frontier` lets the next one be proven to continue it.
CREATE TABLE audit_checkpoint (
    facility_id TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size > 0),
    root BLOB NOT NULL,
    frontier BLOB NOT NULL,
    note TEXT NOT NULL,
    signed_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, size)
) STRICT;
