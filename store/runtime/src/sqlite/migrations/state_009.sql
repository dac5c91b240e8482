-- state.sqlite, version 9: when a reply may leave from a number that an operator has given a rate.

ALTER TABLE outbox ADD COLUMN slot_ms INTEGER;   -- Unix milliseconds; null = it was given no place
