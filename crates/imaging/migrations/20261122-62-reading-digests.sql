-- What was handed over to be read: {"<SOP Instance UID>": "<SHA-256 of the data set>"} as it stood when the request was sent,
-- at both facilities. Empty: it was sent before this was kept.
ALTER TABLE reading_request_study ADD COLUMN digests TEXT NOT NULL DEFAULT '';
