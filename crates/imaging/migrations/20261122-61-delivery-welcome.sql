-- When the server let this gateway in last, and until when it does so by the token it was shown.
CREATE TABLE delivery_welcome (
    facility_id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    -- An older server does not say.
    token_ends_at INTEGER
) STRICT;
