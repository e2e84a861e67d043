-- By the UID a lent study is found at the facility that reads: its viewer asks by UID, and studies are rows of the other one.
ALTER TABLE reading_request_study ADD COLUMN study_uid TEXT NOT NULL DEFAULT '';
UPDATE reading_request_study
SET study_uid = COALESCE((SELECT s.uid FROM study s WHERE s.id = reading_request_study.study_id), '');
CREATE INDEX reading_request_study_uid ON reading_request_study (facility_id, study_uid);
