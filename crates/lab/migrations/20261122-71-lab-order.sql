-- Dental work ordered from a laboratory: a copy at each of the two facilities, under its own key, with the same id.
CREATE TABLE lab_case (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    partner_id TEXT NOT NULL REFERENCES facility (id),
    agreement_id TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('asks', 'serves')),
    -- A patient of the clinic; at the laboratory the id only joins entries of the log.
    patient_id TEXT NOT NULL,
    ordered_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, agreement_id) REFERENCES agreement (facility_id, id)
) STRICT;
CREATE INDEX lab_case_newest ON lab_case (facility_id, side, ordered_at);
CREATE INDEX lab_case_patient ON lab_case (facility_id, patient_id);

-- The order as the dentist issued it. A change is a new version; the old ones stay readable.
CREATE TABLE lab_order (
    facility_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    id TEXT NOT NULL,
    due_on TEXT NOT NULL,
    content BLOB NOT NULL,
    -- Why it was changed; empty in the first version only.
    reason BLOB NOT NULL,
    issued_by TEXT NOT NULL REFERENCES person (id),
    issued_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, case_id, number),
    FOREIGN KEY (facility_id, case_id) REFERENCES lab_case (facility_id, id)
) STRICT;

-- What happened on a case, in order: both facilities have the same line of time. How the case stands follows from it.
CREATE TABLE lab_event (
    facility_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('asks', 'serves')),
    person_id TEXT NOT NULL REFERENCES person (id),
    said BLOB NOT NULL,
    at INTEGER NOT NULL,
    -- The second guard against two who act at once.
    PRIMARY KEY (facility_id, case_id, number),
    FOREIGN KEY (facility_id, case_id) REFERENCES lab_case (facility_id, id)
) STRICT;
