-- SHA-256 of the one certificate with which a token counts (RFC 8705), in hexadecimal; empty: it counts without one.
ALTER TABLE bearer_token ADD COLUMN certificate TEXT NOT NULL DEFAULT '' CHECK (length(certificate) IN (0, 64));
-- When it was refused last because the certificate did not fit, to a minute: the log has an entry of then.
ALTER TABLE bearer_token ADD COLUMN refused_at INTEGER;
