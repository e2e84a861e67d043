-- What a gateway has handed on, and how that ended (TR-12, TR-20). An instance without a row for its bytes waits. A row
-- outlives the instance: a device may ask long after the gateway has let go of its copy.
CREATE TABLE delivery (
    facility_id TEXT NOT NULL,
    -- SOP Instance UID, and SHA-256 of the data set as the device sent it.
    uid TEXT NOT NULL,
    digest BLOB NOT NULL,
    class_uid TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    -- 'delivered': the server has shown the same digest. 'refused': it does not take it, `reason` says why. 'differs': it
    -- has shown another digest, `shown`.
    outcome TEXT NOT NULL CHECK (outcome IN ('delivered', 'refused', 'differs')),
    -- Failure Reason of PS3.18 table I.2-2.
    reason INTEGER,
    -- In hexadecimal.
    shown TEXT NOT NULL,
    at INTEGER NOT NULL,
    CHECK ((reason IS NULL) = (outcome <> 'refused')),
    CHECK ((shown = '') = (outcome <> 'differs')),
    PRIMARY KEY (facility_id, uid, digest)
) STRICT;
CREATE INDEX delivery_at ON delivery (facility_id, outcome, at);

-- Why nothing moves now; no row while it does.
CREATE TABLE delivery_fault (
    facility_id TEXT NOT NULL PRIMARY KEY,
    fault TEXT NOT NULL,
    detail TEXT NOT NULL,
    tries INTEGER NOT NULL CHECK (tries > 0),
    began_at INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- A device has asked whether its instances are safe (PS3.4 annex J), and is told when that is known.
CREATE TABLE commitment (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    -- Who asked, and under which Transaction UID.
    title TEXT NOT NULL,
    transaction_uid TEXT NOT NULL,
    -- [[class, instance], …] as JSON.
    instances TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    -- A report that was not taken is tried again.
    tries INTEGER NOT NULL CHECK (tries >= 0),
    next_at INTEGER NOT NULL,
    -- Told, or given up.
    ended_at INTEGER,
    UNIQUE (facility_id, id),
    UNIQUE (facility_id, title, transaction_uid)
) STRICT;
CREATE INDEX commitment_open ON commitment (facility_id, next_at) WHERE ended_at IS NULL;
