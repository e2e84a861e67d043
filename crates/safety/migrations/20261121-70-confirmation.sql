-- A person says that a clause is kept, or is not: what no row of the house can know. The newest of a clause counts.
CREATE TABLE clause_confirmation (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    clause TEXT NOT NULL,
    -- Edition of the clause that was confirmed (CS-142).
    edition TEXT NOT NULL,
    kept INTEGER NOT NULL CHECK (kept IN (0, 1)),
    note TEXT NOT NULL,
    confirmed_by TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX clause_confirmation_clause ON clause_confirmation (facility_id, clause, confirmed_at);
