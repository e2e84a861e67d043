-- The password of a person: an Argon2id text, sealed with the installation's key, so that the file of the database
-- alone cannot be guessed at.
CREATE TABLE person_password (
    person_id TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    phc BLOB NOT NULL,
    set_at INTEGER NOT NULL,
    -- Somebody else knows it: it must be changed at the next sign-in.
    must_change INTEGER NOT NULL CHECK (must_change IN (0, 1))
) STRICT;

-- Passwords a person had before; none of them is taken again.
CREATE TABLE person_password_past (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    phc BLOB NOT NULL,
    ended_at INTEGER NOT NULL
) STRICT;
CREATE INDEX person_password_past_person ON person_password_past (person_id, ended_at);

-- The secret shared with an authenticator app, sealed. `last_step` is the last step whose code was taken.
CREATE TABLE person_totp (
    person_id TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    secret BLOB NOT NULL,
    confirmed_at INTEGER NOT NULL,
    last_step INTEGER
) STRICT;

-- A secret that was shown but not proven yet. It counts for nothing.
CREATE TABLE person_totp_offer (
    person_id TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    secret BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

-- Marks of the codes on paper; each is good for one sign-in.
CREATE TABLE recovery_code (
    person_id TEXT NOT NULL REFERENCES person (id),
    mark BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (person_id, mark)
) STRICT;

-- A passkey: the public credential, sealed, and a mark that keeps one device from serving two people.
CREATE TABLE passkey (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    credential_mark BLOB NOT NULL UNIQUE,
    credential BLOB NOT NULL,
    name TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX passkey_person ON passkey (person_id);

-- A passkey that is being added: what the device was asked, sealed. One at a time for each session.
CREATE TABLE passkey_offer (
    session_id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    state BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- A sign-in under way: the password was right, the rest is still to be proven. The cookie's token is kept as a mark only.
CREATE TABLE sign_in_pending (
    id TEXT NOT NULL PRIMARY KEY,
    token_mark BLOB NOT NULL UNIQUE,
    person_id TEXT NOT NULL REFERENCES person (id),
    -- Through which door: as staff, or as somebody's guardian.
    purpose TEXT NOT NULL CHECK (purpose IN ('staff', 'guardian')),
    -- Where the person wanted to go; a path of ours.
    next TEXT NOT NULL,
    -- What a passkey was asked, sealed.
    challenge BLOB,
    second_at INTEGER,
    tries INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;

-- Tries at a sign-in name, from an address, at a second factor: counted before they are judged. Only a mark says at what.
CREATE TABLE sign_in_try (
    mark BLOB NOT NULL PRIMARY KEY,
    tries INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_try_last ON sign_in_try (last_at);
