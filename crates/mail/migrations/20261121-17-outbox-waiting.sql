-- The staff's day asks how many letters are late each time it is shown; most letters of a facility have been sent.
CREATE INDEX outbox_waiting ON outbox (facility_id, due_at)
    WHERE sent_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL;
