-- What the patient says of a visit afterwards (OV-302): five questions, 1 (bad) to 5 (good), and words. Once for a visit;
-- changed until it is closed with the visit's link.
CREATE TABLE feedback (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    booking_id TEXT NOT NULL REFERENCES booking (id),
    easy INTEGER NOT NULL CHECK (easy BETWEEN 1 AND 5),
    line INTEGER NOT NULL CHECK (line BETWEEN 1 AND 5),
    understood INTEGER NOT NULL CHECK (understood BETWEEN 1 AND 5),
    told INTEGER NOT NULL CHECK (told BETWEEN 1 AND 5),
    again INTEGER NOT NULL CHECK (again BETWEEN 1 AND 5),
    comment BLOB NOT NULL,
    given_by TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, booking_id)
) STRICT;
CREATE INDEX feedback_given ON feedback (facility_id, given_at);
