-- A check of all clauses by a person on a day (OV-305): what stood on the sheet then. Never changed.
CREATE TABLE compliance_check (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    met INTEGER NOT NULL,
    gaps INTEGER NOT NULL,
    sheet TEXT NOT NULL,
    note TEXT NOT NULL,
    checked_by TEXT NOT NULL,
    checked_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX compliance_check_number ON compliance_check (facility_id, number);
