-- A mark carries the time of its patient's last change, so that the newest hundred of a name that thousands bear are read
-- from an index, and the thousands are not sorted.
ALTER TABLE patient_mark ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
UPDATE patient_mark SET changed_at = (SELECT p.changed_at FROM patient p
    WHERE p.facility_id = patient_mark.facility_id AND p.id = patient_mark.patient_id);
CREATE INDEX patient_mark_newest ON patient_mark (facility_id, mark, changed_at, patient_id);
CREATE INDEX patient_newest ON patient (facility_id, changed_at, id);
