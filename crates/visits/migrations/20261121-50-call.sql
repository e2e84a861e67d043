-- A call of a booking, from the clinic's click to its end. A visit may need several: a line breaks, a patient is called back.
CREATE TABLE call (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    doctor_id TEXT NOT NULL REFERENCES person (id),
    -- The doctor's word for this session (OV-205, OV-203); a call does not start without.
    closed_room INTEGER NOT NULL CHECK (closed_room = 1),
    quiet_place INTEGER NOT NULL CHECK (quiet_place = 1),
    started_by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_by TEXT,
    ended_at INTEGER,
    ending TEXT CHECK (ending IN ('ended', 'not_suitable', 'broken_off', 'no_answer')),
    end_reason BLOB
) STRICT;
CREATE INDEX call_booking ON call (facility_id, booking_id, started_at);
-- OV-163 again, as a constraint. The doctor's holds over facilities: nobody can be in two calls at once.
CREATE UNIQUE INDEX call_live_doctor ON call (doctor_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX call_live_patient ON call (facility_id, patient_id) WHERE ended_at IS NULL;

-- Who was connected, from when to when (OV-164, OV-165). `call_id` is empty for time in the waiting room.
CREATE TABLE call_presence (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    call_id TEXT NOT NULL,
    -- The id of a patient, a person or a further person.
    seat TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    left_at INTEGER,
    left_why TEXT
) STRICT;
CREATE INDEX call_presence_booking ON call_presence (facility_id, booking_id, joined_at);

-- What happened to somebody in the call: media keys exchanged, interruptions, another device (OV-165, OV-244).
CREATE TABLE call_event (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    seat TEXT NOT NULL,
    what TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX call_event_booking ON call_event (facility_id, booking_id, at);

-- What each browser received of each other person, summed by the minute (OV-161, OV-203). No content.
CREATE TABLE call_quality (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    call_id TEXT NOT NULL REFERENCES call (id),
    receiver TEXT NOT NULL,
    sender TEXT NOT NULL,
    -- Minutes since 1970.
    minute INTEGER NOT NULL,
    picture_ms INTEGER NOT NULL,
    sound_ms INTEGER NOT NULL,
    both_ms INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    rtt_ms_max INTEGER NOT NULL,
    -- Lost packets, thousandths, the worst.
    loss_max INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    reports_bad INTEGER NOT NULL,
    relay TEXT NOT NULL,
    PRIMARY KEY (facility_id, call_id, receiver, sender, minute)
) STRICT;

-- What was written in the call, sealed. `form_key` is the browser's name for it: sent twice, stored once.
CREATE TABLE call_chat (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    call_id TEXT NOT NULL REFERENCES call (id),
    seat TEXT NOT NULL,
    form_key TEXT NOT NULL,
    text BLOB NOT NULL,
    said_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX call_chat_key ON call_chat (facility_id, call_id, seat, form_key);

-- The facility's key that vouches for the fingerprints of a call (OV-244). The public half stands on the page of the call.
CREATE TABLE call_key (
    facility_id TEXT NOT NULL PRIMARY KEY REFERENCES facility (id),
    seed BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

-- A try that found nobody, and what was done then: rung again, telephoned.
CREATE TABLE call_attempt (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    how TEXT NOT NULL CHECK (how IN ('ring', 'phone_reached', 'phone_unreached')),
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX call_attempt_booking ON call_attempt (facility_id, booking_id, made_at);
