-- What a form's key has already led to: a second click gets the first click's answer.
CREATE TABLE once (
    owner TEXT NOT NULL,
    form_key TEXT NOT NULL,
    location TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (owner, form_key)
) STRICT;
