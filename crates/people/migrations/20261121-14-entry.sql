-- A link by which a patient comes in. The token is found by a mark, and kept sealed so that a reminder can say it again.
CREATE TABLE invitation (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    booking_id TEXT,
    token_mark BLOB NOT NULL UNIQUE,
    token BLOB NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- Wrong birth dates in a row, and when the last one was.
    tries INTEGER NOT NULL CHECK (tries >= 0),
    tried_at INTEGER,
    -- When somebody came in by it last.
    used_at INTEGER,
    ended_by TEXT,
    ended_at INTEGER,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX invitation_patient ON invitation (facility_id, patient_id, made_at);
CREATE UNIQUE INDEX invitation_booking ON invitation (facility_id, patient_id, booking_id)
    WHERE booking_id IS NOT NULL AND ended_at IS NULL;

-- A code of six digits for one coming in. Only its mark is kept.
CREATE TABLE entry_code (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    invitation_id TEXT NOT NULL REFERENCES invitation (id),
    mark BLOB NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('mail', 'sms', 'voice')),
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL CHECK (tries >= 0),
    used_at INTEGER,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX entry_code_invitation ON entry_code (facility_id, invitation_id, sent_at);

-- The password of a patient who wants one. The sign-in name is the mail address, kept as a mark.
CREATE TABLE patient_account (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    login_mark BLOB NOT NULL,
    phc BLOB NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, patient_id)
) STRICT;
CREATE INDEX patient_account_login ON patient_account (login_mark);
