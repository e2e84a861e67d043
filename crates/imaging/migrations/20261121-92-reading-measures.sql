-- How a facility keeps images and reports safe, in writing (TR-08), and each review of it (TR-15). The newest row counts; the older
-- ones are its history. It names nobody but the staff in charge, as the facility writes it.
CREATE TABLE reading_measures (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    -- Written anew, or reviewed and left as it was.
    how TEXT NOT NULL CHECK (how IN ('written', 'reviewed')),
    texts TEXT NOT NULL,
    -- What the review found, or why it was written anew; empty in the first row only.
    finding TEXT NOT NULL,
    cycle_months INTEGER NOT NULL CHECK (cycle_months IN (3, 6, 12)),
    next_on TEXT NOT NULL,
    done_by TEXT NOT NULL,
    done_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, number)
) STRICT;
