-- The ledger of devices. A device is never deleted: the log names it. What stands in the ledger is a version; the newest counts.
CREATE TABLE device (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    ended_by TEXT,
    ended_at INTEGER,
    CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    UNIQUE (facility_id, id)
) STRICT;

CREATE TABLE device_entry (
    facility_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('owned', 'lent', 'personal')),
    -- Whose it is, and where it is kept.
    owner TEXT NOT NULL,
    place TEXT NOT NULL,
    serial TEXT NOT NULL,
    -- Who uses it; nobody where several do.
    person_id TEXT REFERENCES person (id),
    -- How the manager can change its settings; empty where nobody has said so.
    managed TEXT NOT NULL,
    written_by TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, device_id, number),
    FOREIGN KEY (facility_id, device_id) REFERENCES device (facility_id, id)
) STRICT;

-- What was told about a device, by its agent or by a manager who looked at it. The same told again moves `last_at`.
CREATE TABLE device_report (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('agent', 'hand')),
    told_by TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL CHECK (last_at >= first_at),
    -- Since when updates wait, in reports without a gap.
    updates_since INTEGER,
    content BLOB NOT NULL,
    FOREIGN KEY (facility_id, device_id) REFERENCES device (facility_id, id)
) STRICT;
CREATE INDEX device_report_newest ON device_report (facility_id, device_id, source, last_at);

-- The facility's own rules on devices; the newest counts.
CREATE TABLE device_rule (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    -- The document for lent and personal devices (運用管理規程); empty where there is none.
    document TEXT NOT NULL,
    decided_on TEXT,
    -- Whether laboratory work inside the facility asks for an enrolled device too.
    asked_inside INTEGER NOT NULL CHECK (asked_inside IN (0, 1)),
    set_by TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    CHECK ((document = '') = (decided_on IS NULL))
) STRICT;
CREATE INDEX device_rule_newest ON device_rule (facility_id, set_at);
