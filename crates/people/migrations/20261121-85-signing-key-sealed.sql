-- `sealed_key` is the name by which the sweep knows tables that keep files; a person's own key is none.
ALTER TABLE signing_key RENAME COLUMN sealed_key TO sealed;
