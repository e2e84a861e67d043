-- A facility's own form; the newest row counts. Without one the default form of the house is used.
CREATE TABLE questionnaire_form (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    form TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX questionnaire_form_newest ON questionnaire_form (facility_id, made_at);

-- What the patient answered. A row without sent_at is being filled in; sending again is a new row.
CREATE TABLE questionnaire_answer (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    booking_id TEXT NOT NULL REFERENCES booking (id),
    -- The form as it was shown, and the answers with the chosen symptoms.
    form TEXT NOT NULL,
    answers BLOB NOT NULL,
    -- The edition of the symptom list, and what its rule said: clear, doctor, stop.
    symptom_edition TEXT NOT NULL,
    judgement TEXT NOT NULL CHECK (judgement IN ('clear', 'doctor', 'stop')),
    answered_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    sent_at INTEGER,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX questionnaire_answer_booking ON questionnaire_answer (facility_id, booking_id, changed_at);

-- The doctor has looked at the symptoms and decided; the newest row after the newest answer counts.
CREATE TABLE symptom_decision (
    id TEXT NOT NULL PRIMARY KEY,
    facility_id TEXT NOT NULL,
    booking_id TEXT NOT NULL REFERENCES booking (id),
    online INTEGER NOT NULL CHECK (online IN (0, 1)),
    reason BLOB NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    UNIQUE (facility_id, id)
) STRICT;
CREATE INDEX symptom_decision_booking ON symptom_decision (facility_id, booking_id, decided_at);
