-- What two facilities have agreed on working for each other. Each keeps its own copy under its own key, as with a paper that
-- is signed twice; both copies have the same id and are written in one act.
CREATE TABLE agreement (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    partner_id TEXT NOT NULL REFERENCES facility (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('reading', 'lab')),
    -- Whether this facility asks for the work, or does it.
    side TEXT NOT NULL CHECK (side IN ('asks', 'serves')),
    offered_here INTEGER NOT NULL CHECK (offered_here IN (0, 1)),
    terms BLOB NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT CHECK (valid_until >= valid_from),
    offered_by TEXT NOT NULL,
    offered_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    CHECK (partner_id <> facility_id)
) STRICT;

-- Whom to call at either side, in the order in which they are called; a new list is a new row, the newest counts.
CREATE TABLE agreement_contact (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    agreement_id TEXT NOT NULL,
    -- The facility whose people these are.
    of_facility_id TEXT NOT NULL,
    contacts BLOB NOT NULL,
    written_by TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    FOREIGN KEY (facility_id, agreement_id) REFERENCES agreement (facility_id, id)
) STRICT;
CREATE INDEX agreement_contact_newest ON agreement_contact (facility_id, agreement_id, written_at);

-- The other side's answer: nothing is agreed without it.
CREATE TABLE agreement_answer (
    facility_id TEXT NOT NULL,
    agreement_id TEXT NOT NULL,
    accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    note BLOB NOT NULL,
    answered_by TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, agreement_id),
    FOREIGN KEY (facility_id, agreement_id) REFERENCES agreement (facility_id, id)
) STRICT;

-- Either side may end it; work that was taken on before goes on.
CREATE TABLE agreement_end (
    facility_id TEXT NOT NULL,
    agreement_id TEXT NOT NULL,
    -- The last day on which it holds.
    last_day TEXT NOT NULL,
    reason BLOB NOT NULL,
    ended_by TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, agreement_id),
    FOREIGN KEY (facility_id, agreement_id) REFERENCES agreement (facility_id, id)
) STRICT;
