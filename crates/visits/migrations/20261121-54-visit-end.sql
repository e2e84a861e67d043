-- As what a visit ended; once for each booking. What was measured stands here as it was when the rule was asked (OV-161).
CREATE TABLE visit_end (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    outcome TEXT NOT NULL CHECK (outcome IN ('held', 'not_suitable', 'broken_off')),
    way_out TEXT CHECK (way_out IN ('in_person_here', 'referral_elsewhere')),
    patient_picture_s INTEGER NOT NULL,
    patient_sound_s INTEGER NOT NULL,
    doctor_picture_s INTEGER NOT NULL,
    doctor_sound_s INTEGER NOT NULL,
    reason BLOB NOT NULL,
    ended_by TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, booking_id),
    CHECK (outcome <> 'held' OR (patient_picture_s >= 30 AND patient_sound_s >= 30 AND doctor_picture_s >= 30 AND doctor_sound_s >= 30)),
    CHECK (outcome <> 'not_suitable' OR way_out IS NOT NULL)
) STRICT;
