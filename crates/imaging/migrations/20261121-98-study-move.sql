-- Whose a study is, was put right: taken from one patient and given to another, or to nobody. Rows are history; what counts
-- now stands at the study.
CREATE TABLE study_move (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    study_id TEXT NOT NULL,
    from_patient_id TEXT REFERENCES patient (id),
    to_patient_id TEXT REFERENCES patient (id),
    -- What differed or was missing between the device's words and the new patient, as the rule named it.
    finding BLOB NOT NULL,
    reason BLOB NOT NULL,
    moved_by TEXT NOT NULL,
    moved_at INTEGER NOT NULL,
    FOREIGN KEY (facility_id, study_id) REFERENCES study (facility_id, id)
) STRICT;
CREATE INDEX study_move_newest ON study_move (facility_id, study_id, moved_at);
CREATE INDEX study_patient ON study (facility_id, patient_id, id);

-- A person has decided that the study is not that patient's whom the device names, and nobody knows whose it is.
ALTER TABLE study ADD COLUMN detached INTEGER NOT NULL DEFAULT 0 CHECK (detached IN (0, 1));
