-- Letters on their way out. A row is written in the act that has something to tell, and sent after it is durable.
CREATE TABLE outbox (
    facility_id TEXT NOT NULL,
    id TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'sms')),
    -- Recipient, subject, text and invitation, sealed together as JSON.
    content_sealed BLOB NOT NULL,
    about_kind TEXT NOT NULL,
    about_id TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    -- From then on it would only confuse (a reminder after the visit).
    useless_after INTEGER,
    tries INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    -- A worker has it in hand until then.
    claimed_until INTEGER,
    -- A short code without any address.
    last_error TEXT,
    sent_at INTEGER,
    failed_at INTEGER,
    cancelled_at INTEGER,
    PRIMARY KEY (facility_id, id),
    CHECK (sent_at IS NULL OR (failed_at IS NULL AND cancelled_at IS NULL)),
    CHECK (failed_at IS NULL OR cancelled_at IS NULL)
) STRICT;
CREATE INDEX outbox_due ON outbox (next_try_at) WHERE sent_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX outbox_about ON outbox (facility_id, about_kind, about_id);
CREATE INDEX outbox_failed ON outbox (facility_id, failed_at) WHERE failed_at IS NOT NULL;
