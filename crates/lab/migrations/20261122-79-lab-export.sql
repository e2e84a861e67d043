-- Where files of cases may be kept outside the system, as the manager has decided. The newest row counts.
CREATE TABLE lab_export_rule (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    -- The working folder of devices.
    folder TEXT NOT NULL,
    -- Whether removable media may be used at all, each time with an approval.
    media INTEGER NOT NULL CHECK (media IN (0, 1)),
    set_by TEXT NOT NULL REFERENCES person (id),
    set_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id)
) STRICT;

-- A bundle that was taken out of the system, or is to be: by whom, for what, where it lies, and what became of it.
CREATE TABLE lab_export (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    bundle_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    place TEXT NOT NULL CHECK (place IN ('folder', 'medium')),
    -- What stands on the medium; empty for a folder.
    medium TEXT NOT NULL,
    -- What it is needed for: it may name the patient.
    why BLOB NOT NULL,
    asked_at INTEGER NOT NULL,
    -- For a medium, the manager's word; a folder needs none.
    decided_by TEXT REFERENCES person (id),
    decided_at INTEGER,
    approved INTEGER CHECK (approved IN (0, 1)),
    -- When the first file was taken out.
    taken_at INTEGER,
    ended_by TEXT REFERENCES person (id),
    ended_at INTEGER,
    -- deleted, returned
    ended_how TEXT,
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, bundle_id) REFERENCES lab_bundle (facility_id, id),
    CHECK ((decided_at IS NULL) = (approved IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_how IS NULL)),
    -- Nothing lies on a medium that nobody has approved.
    CHECK (place = 'folder' OR taken_at IS NULL OR COALESCE(approved, 0) = 1)
) STRICT;
CREATE INDEX lab_export_bundle ON lab_export (facility_id, bundle_id, person_id);
CREATE INDEX lab_export_open ON lab_export (facility_id, ended_at);
