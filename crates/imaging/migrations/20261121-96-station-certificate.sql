-- SHA-256 of the one certificate with which a station may call and by which it is known when something is sent to it, in
-- hexadecimal; empty: it speaks without one.
ALTER TABLE station ADD COLUMN certificate TEXT NOT NULL DEFAULT '' CHECK (length(certificate) IN (0, 64));
-- Devices of two clinics may have one title and no address of their own: their certificates tell them apart.
DROP INDEX station_live;
CREATE UNIQUE INDEX station_live ON station (title, address, certificate) WHERE ended_at IS NULL;
