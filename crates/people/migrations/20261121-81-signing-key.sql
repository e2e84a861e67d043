-- A person's own key at one facility, sealed with the facility's: what it signs, nobody else can have signed. A new key ends the
-- one before; public halves stay, so that old signatures can be checked.
CREATE TABLE signing_key (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES facility (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    public_key BLOB NOT NULL,
    sealed_key BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX signing_key_live ON signing_key (facility_id, person_id) WHERE ended_at IS NULL;
