-- releases.sqlite, version 1.
-- First what the responder reads, then the relational face for people who write SQL.
-- Times are RFC 3339 in UTC; truth values are 0 and 1.

-- A number that grows with every change, so that a reader may poll cheaply.
CREATE TABLE revision (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO revision VALUES (1, 0);

-- Immutable releases, the last five of each tenant. `seq` is the order of publishing: a release
-- published again moves to the end.
CREATE TABLE releases (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL,
    release_id TEXT NOT NULL,
    bytes BLOB NOT NULL,
    published_at TEXT NOT NULL,
    git_commit TEXT,
    author TEXT,
    UNIQUE (slug, release_id)
) STRICT;
CREATE INDEX releases_of_slug ON releases (slug, seq);

-- The one release that serves a tenant, with what stands beside it (plan and company, as JSON).
CREATE TABLE live (
    slug TEXT PRIMARY KEY,
    release_id TEXT NOT NULL,
    standing TEXT NOT NULL,
    rolled_back INTEGER NOT NULL,
    flipped_at TEXT NOT NULL,
    FOREIGN KEY (slug, release_id) REFERENCES releases (slug, release_id)
) STRICT, WITHOUT ROWID;

-- Vectors by encoder and passage digest: nothing is embedded twice, whoever's passage it is.
CREATE TABLE vectors (
    encoder TEXT NOT NULL,
    digest TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (encoder, digest)
) STRICT;
CREATE INDEX vectors_of_digest ON vectors (digest);

-- Which kept release names which passage; a vector goes when the last of them goes.
CREATE TABLE release_passages (
    digest TEXT NOT NULL,
    slug TEXT NOT NULL,
    release_id TEXT NOT NULL,
    PRIMARY KEY (digest, slug, release_id),
    FOREIGN KEY (slug, release_id) REFERENCES releases (slug, release_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX release_passages_of_release ON release_passages (slug, release_id);

-- Legal entities as the last publish of any of their brands named them. `billing` is JSON.
CREATE TABLE companies (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    billing TEXT NOT NULL
) STRICT;

-- Brands: the tenants. `config` is JSON: company, plan, languages, timezone, instance_id, secrets
-- (references only), media limits and the live release.
CREATE TABLE clients (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
    config TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

-- Settings with their defaults filled in. Columns of tokens and secrets hold references (`env:NAME`,
-- `file:PATH`), never values.
CREATE TABLE client_settings (
    client_id TEXT PRIMARY KEY REFERENCES clients (id) ON UPDATE CASCADE ON DELETE CASCADE,
    telegram_chat_id TEXT,
    owner_telegram_id TEXT,                 -- several are separated by ", "
    reminder_timeout_1 INTEGER NOT NULL,    -- minutes
    reminder_timeout_2 INTEGER NOT NULL,    -- minutes
    enable_reminders INTEGER NOT NULL,
    enable_owner_escalation INTEGER NOT NULL,
    mute_duration_first_minutes INTEGER NOT NULL,
    mute_duration_second_hours INTEGER NOT NULL,
    branch_resolution_mode TEXT NOT NULL,   -- by_instance, ask_user, hybrid
    manager_scope TEXT NOT NULL,            -- branch, global
    remember_branch_preference INTEGER NOT NULL,
    require_branch_for_pricing INTEGER NOT NULL,
    auto_approve_roles TEXT NOT NULL,       -- separated by ", "
    quiet_hours_from TEXT,                  -- local HH:MM
    quiet_hours_to TEXT,                    -- local HH:MM
    customer_reminder_minutes INTEGER NOT NULL,
    auto_return_minutes INTEGER NOT NULL,
    burst_window_short_ms INTEGER NOT NULL,
    burst_window_long_ms INTEGER NOT NULL,
    max_reply_age_minutes INTEGER NOT NULL,
    on_limit TEXT NOT NULL,                 -- notify, facts_only, pause
    retention_months INTEGER NOT NULL,
    data_sharing TEXT NOT NULL,             -- off, aggregate
    telegram_bot_token TEXT,
    webhook_secret TEXT,
    webhook_secret_next TEXT,
    chatflow_token TEXT
) STRICT;

-- Points of a brand. One that left the bundle stays as inactive and gives up its number, so that
-- old reports still find its name.
CREATE TABLE branches (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON UPDATE CASCADE ON DELETE CASCADE,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    instance_id TEXT,                       -- as written: the id or a reference to it
    phone TEXT,
    telegram_chat_id TEXT,
    knowledge_tag TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    UNIQUE (client_id, slug)
) STRICT;

-- Every version of every prompt that was ever live; those in use are active.
CREATE TABLE prompts (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON UPDATE CASCADE ON DELETE CASCADE,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    model TEXT NOT NULL,
    temperature REAL NOT NULL,
    is_active INTEGER NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX prompts_of_client ON prompts (client_id, name);
