-- state.sqlite, version 3: a name that no table of the releases has, so that both parts fit into one
-- PostgreSQL database.

ALTER TABLE audit RENAME TO conversation_audit;
