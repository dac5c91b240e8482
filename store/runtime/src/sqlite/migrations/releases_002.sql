-- releases.sqlite, version 2: who changed what when.

-- One line for each publish, rollback and sweep, written in the same transaction. Lines are never
-- changed and never dropped, also when the releases they name have been swept.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    actor TEXT,                             -- who ran it, as git or the system names them
    verb TEXT NOT NULL,                     -- publish, rollback, gc
    slug TEXT,                              -- NULL: the whole store
    from_release TEXT,                      -- live before
    to_release TEXT,                        -- live since
    git_commit TEXT,                        -- of to_release
    dirty INTEGER NOT NULL                  -- the tree differed from that commit
) STRICT;
CREATE INDEX audit_of_slug ON audit (slug, id);
