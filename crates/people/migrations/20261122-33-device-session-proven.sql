-- Whether it was the browser's certificate that said it. Then the row opens nothing: the certificate is asked for at every request.
-- The row tells which sessions end with the device.
ALTER TABLE device_session ADD COLUMN proven INTEGER NOT NULL DEFAULT 0 CHECK (proven IN (0, 1));
