-- Images of one study that say another patient than its first one did: what they say, once for each.
CREATE TABLE study_claim (
    facility_id TEXT NOT NULL,
    study_id TEXT NOT NULL,
    -- Of the same kind as that of the study.
    patient_mark BLOB NOT NULL,
    claimed BLOB NOT NULL,
    PRIMARY KEY (facility_id, study_id, patient_mark),
    FOREIGN KEY (facility_id, study_id) REFERENCES study (facility_id, id)
) STRICT;
