-- What the patient wants kept of pictures (OV-132); the newest row counts, none means nothing is kept.
CREATE TABLE storage_choice (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    media TEXT NOT NULL CHECK (media IN ('nothing', 'pictures')),
    -- On which system, and who answers for it.
    place TEXT NOT NULL,
    keeper TEXT NOT NULL,
    chosen_by TEXT NOT NULL,
    chosen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX storage_choice_patient ON storage_choice (facility_id, patient_id, chosen_at);

-- The doctor's side of it: without this row nothing is kept.
CREATE TABLE storage_agreement (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    choice_id TEXT NOT NULL REFERENCES storage_choice (id),
    agreed_by TEXT NOT NULL,
    agreed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX storage_agreement_once ON storage_agreement (facility_id, choice_id);
