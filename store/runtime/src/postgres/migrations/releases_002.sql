-- Releases, version 2: a process that serves a thousand tenants starts without reading a thousand
-- releases.

-- Who the tenant is and how it is reached, as JSON: the first part of a release, some kilobytes.
-- Releases that were stored before this table have none and are read whole.
CREATE TABLE release_heads (
    slug text NOT NULL,
    release_id text NOT NULL,
    head bytea NOT NULL,
    PRIMARY KEY (slug, release_id),
    FOREIGN KEY (slug, release_id) REFERENCES releases (slug, release_id) ON DELETE CASCADE
);
