-- In which language letters to a patient are written; the newest row counts, without one it is Japanese.
CREATE TABLE patient_language (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    lang TEXT NOT NULL CHECK (lang IN ('ja', 'en')),
    chosen_by TEXT NOT NULL,
    chosen_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX patient_language_newest ON patient_language (facility_id, patient_id, chosen_at);
