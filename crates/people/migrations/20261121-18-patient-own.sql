-- Many patients of one facility by their ids. Without it SQLite takes patient_newest for a question with a facility and ids,
-- and walks through all patients of the facility: with 100,000 of them that cost the day's page 80 ms each time.
CREATE UNIQUE INDEX patient_own ON patient (facility_id, id);
