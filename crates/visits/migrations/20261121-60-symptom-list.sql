-- What a facility adds to the list of symptoms of its field, or makes stricter (OV-111, OV-264). A new version is a new
-- row; one without additions says that somebody has looked through the list. The newest counts.
CREATE TABLE symptom_list (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    -- Edition of the published list that was looked at.
    base TEXT NOT NULL,
    own TEXT NOT NULL,
    note TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    UNIQUE (facility_id, number)
) STRICT;
