-- Kinds of visit that can be booked. Ended, never deleted.
CREATE TABLE visit_type (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    name_ja TEXT NOT NULL,
    name_en TEXT NOT NULL,
    -- How patient and doctor meet. The forms with a nurse, a second doctor, a supporter or an outside tool get keys of their own.
    form TEXT NOT NULL CHECK (form IN ('online', 'in_person')),
    duration_min INTEGER NOT NULL CHECK (duration_min BETWEEN 5 AND 180),
    -- Whether patients may book it themselves.
    by_patient INTEGER NOT NULL CHECK (by_patient IN (0, 1)),
    made_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX visit_type_facility ON visit_type (facility_id, ended_at);

-- When a doctor offers a kind of visit: wall-clock minutes of a weekday (0 = Monday) in Tokyo.
CREATE TABLE slot_pattern (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    doctor_id TEXT NOT NULL REFERENCES person (id),
    visit_type_id TEXT NOT NULL REFERENCES visit_type (id),
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    from_min INTEGER NOT NULL CHECK (from_min BETWEEN 0 AND 1439),
    until_min INTEGER NOT NULL CHECK (until_min > from_min AND until_min <= 1440),
    valid_from TEXT NOT NULL,
    valid_until TEXT,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX slot_pattern_facility ON slot_pattern (facility_id, weekday);

-- Days without visits, of one doctor or of all (doctor_id empty).
CREATE TABLE closing (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    doctor_id TEXT NOT NULL,
    day TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX closing_day ON closing (facility_id, day, doctor_id);

CREATE TABLE booking (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    doctor_id TEXT NOT NULL REFERENCES person (id),
    visit_type_id TEXT NOT NULL REFERENCES visit_type (id),
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
    -- Why the patient comes, in the patient's words.
    reason BLOB NOT NULL,
    -- Counts the changes of time; the calendar invitation's SEQUENCE.
    sequence INTEGER NOT NULL,
    -- The link that carries the whole visit for a patient without account.
    link TEXT NOT NULL,
    booked_by TEXT NOT NULL,
    booked_at INTEGER NOT NULL,
    cancelled_by TEXT,
    cancelled_at INTEGER,
    cancel_reason TEXT,
    -- The patient did not come.
    absent_by TEXT,
    absent_at INTEGER
) STRICT;
-- The second guard against double booking; the first is the day's lock and the rule.
CREATE UNIQUE INDEX booking_live ON booking (facility_id, doctor_id, starts_at) WHERE cancelled_at IS NULL;
CREATE INDEX booking_day ON booking (facility_id, starts_at);
CREATE INDEX booking_patient ON booking (facility_id, patient_id, starts_at);

-- A time kept free while somebody fills in the form.
CREATE TABLE booking_hold (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    doctor_id TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    -- The session or form that holds it.
    holder TEXT NOT NULL,
    held_until INTEGER NOT NULL,
    PRIMARY KEY (facility_id, doctor_id, starts_at)
) STRICT;

-- Patients who want an earlier time.
CREATE TABLE waiting_list (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    doctor_id TEXT NOT NULL,
    visit_type_id TEXT NOT NULL,
    until_day TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    told_at INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX waiting_list_facility ON waiting_list (facility_id, ended_at);
