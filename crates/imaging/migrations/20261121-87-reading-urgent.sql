-- A finding that needs treatment at once (TR-06): told to the facility that asked until a named person has taken it over. A copy
-- at each facility, under its own key, with the same id.
CREATE TABLE reading_urgent (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    finding BLOB NOT NULL,
    marked_by TEXT NOT NULL,
    marked_at INTEGER NOT NULL,
    -- When the next round of telling is due; none once somebody has taken it over.
    next_round_at INTEGER,
    PRIMARY KEY (facility_id, id),
    FOREIGN KEY (facility_id, request_id) REFERENCES reading_request (facility_id, id)
) STRICT;
CREATE INDEX reading_urgent_request ON reading_urgent (facility_id, request_id);
CREATE INDEX reading_urgent_due ON reading_urgent (next_round_at) WHERE next_round_at IS NOT NULL;

-- Every step of it with its moment: rounds of telling, telephone calls, who opened it, who took it over.
CREATE TABLE reading_urgent_step (
    facility_id TEXT NOT NULL,
    urgent_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    kind TEXT NOT NULL CHECK (kind IN ('round', 'call', 'seen', 'taken')),
    content BLOB NOT NULL,
    done_by TEXT NOT NULL,
    done_at INTEGER NOT NULL,
    PRIMARY KEY (facility_id, urgent_id, number),
    FOREIGN KEY (facility_id, urgent_id) REFERENCES reading_urgent (facility_id, id)
) STRICT;
-- One person answers for it, not two who each believe that the other does.
CREATE UNIQUE INDEX reading_urgent_taken ON reading_urgent_step (facility_id, urgent_id) WHERE kind = 'taken';
