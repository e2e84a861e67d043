-- That a machine was refused what it asked for or reported, for the manager; the log has it too.
CREATE TABLE lab_machine_refusal (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    id TEXT NOT NULL,
    -- Null for a digest that no case here has.
    case_id TEXT,
    person_id TEXT NOT NULL REFERENCES person (id),
    -- What the machine's token calls it.
    machine TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- Whether the machine had milled it already.
    milled INTEGER NOT NULL CHECK (milled IN (0, 1)),
    why TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, case_id) REFERENCES lab_case (facility_id, id)
) STRICT;
CREATE INDEX lab_machine_refusal_at ON lab_machine_refusal (facility_id, at);
