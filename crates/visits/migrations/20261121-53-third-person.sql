-- Somebody beside the patient and the doctor, for one call: named and explained, agreed to by the patient, let in by the doctor.
CREATE TABLE third_person (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    call_id TEXT NOT NULL REFERENCES call (id),
    role TEXT NOT NULL,
    -- By a link and a code, or in the room of one of the two sides.
    way TEXT NOT NULL CHECK (way IN ('link', 'beside_patient', 'beside_doctor')),
    name BLOB NOT NULL,
    -- Why this person is to be there, as the patient was told.
    reason BLOB NOT NULL,
    explained_by TEXT NOT NULL,
    explained_at INTEGER NOT NULL,
    agreed_by TEXT,
    agreed_at INTEGER,
    declined_by TEXT,
    declined_at INTEGER,
    admitted_by TEXT,
    admitted_at INTEGER,
    removed_by TEXT,
    removed_at INTEGER,
    -- The code that goes with the link, told by voice; wrong tries so far.
    code BLOB,
    tries INTEGER NOT NULL
) STRICT;
CREATE INDEX third_person_booking ON third_person (facility_id, booking_id, explained_at);
