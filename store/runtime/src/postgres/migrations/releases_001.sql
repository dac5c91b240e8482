-- Releases, version 1.
-- First what the responder reads, then the relational face for people who write SQL. Tables and
-- columns are those of releases.sqlite. Times are RFC 3339 in UTC, as text, so that a row reads the
-- same in both stores; `created_at::timestamptz` makes a moment of one.

-- A number that grows with every change, so that a reader may poll cheaply.
CREATE TABLE revision (
    one integer PRIMARY KEY CHECK (one = 1),
    number bigint NOT NULL
);
INSERT INTO revision VALUES (1, 0);

-- Immutable releases, the last five of each tenant. `seq` is the order of publishing: a release
-- published again moves to the end.
CREATE SEQUENCE releases_seq AS bigint;
CREATE TABLE releases (
    seq bigint PRIMARY KEY DEFAULT nextval('releases_seq'),
    slug text NOT NULL,
    release_id text NOT NULL,
    bytes bytea NOT NULL,
    published_at text NOT NULL,
    git_commit text,
    author text,
    UNIQUE (slug, release_id)
);
CREATE INDEX releases_of_slug ON releases (slug, seq);

-- The one release that serves a tenant, with what stands beside it (plan and company, as JSON).
CREATE TABLE live (
    slug text PRIMARY KEY,
    release_id text NOT NULL,
    standing text NOT NULL,
    rolled_back boolean NOT NULL,
    flipped_at text NOT NULL,
    FOREIGN KEY (slug, release_id) REFERENCES releases (slug, release_id)
);

-- Vectors by encoder and passage digest: nothing is embedded twice, whoever's passage it is.
CREATE TABLE vectors (
    encoder text NOT NULL,
    digest text NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (encoder, digest)
);
CREATE INDEX vectors_of_digest ON vectors (digest);

-- Which kept release names which passage; a vector goes when the last of them goes.
CREATE TABLE release_passages (
    digest text NOT NULL,
    slug text NOT NULL,
    release_id text NOT NULL,
    PRIMARY KEY (digest, slug, release_id),
    FOREIGN KEY (slug, release_id) REFERENCES releases (slug, release_id) ON DELETE CASCADE
);
CREATE INDEX release_passages_of_release ON release_passages (slug, release_id);

-- Legal entities as the last publish of any of their brands named them.
CREATE TABLE companies (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    name text NOT NULL,
    billing jsonb NOT NULL
);

-- Brands: the tenants. `config`: company, plan, languages, timezone, instance_id, secrets
-- (references only), media limits and the live release.
CREATE TABLE clients (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    slug text NOT NULL UNIQUE,
    status text NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
    config jsonb NOT NULL,
    created_at text NOT NULL
);

-- Settings with their defaults filled in. Columns of tokens and secrets hold references (`env:NAME`,
-- `file:PATH`), never values.
CREATE TABLE client_settings (
    client_id uuid PRIMARY KEY REFERENCES clients (id) ON UPDATE CASCADE ON DELETE CASCADE,
    telegram_chat_id text,
    owner_telegram_id text,  -- several are separated by ", "
    reminder_timeout_1 bigint NOT NULL,  -- minutes
    reminder_timeout_2 bigint NOT NULL,  -- minutes
    enable_reminders boolean NOT NULL,
    enable_owner_escalation boolean NOT NULL,
    mute_duration_first_minutes bigint NOT NULL,
    mute_duration_second_hours bigint NOT NULL,
    branch_resolution_mode text NOT NULL,  -- by_instance, ask_user, hybrid
    manager_scope text NOT NULL,  -- branch, global
    remember_branch_preference boolean NOT NULL,
    require_branch_for_pricing boolean NOT NULL,
    auto_approve_roles text NOT NULL,  -- separated by ", "
    quiet_hours_from text,  -- local HH:MM
    quiet_hours_to text,  -- local HH:MM
    customer_reminder_minutes bigint NOT NULL,
    auto_return_minutes bigint NOT NULL,
    burst_window_short_ms bigint NOT NULL,
    burst_window_long_ms bigint NOT NULL,
    max_reply_age_minutes bigint NOT NULL,
    on_limit text NOT NULL,  -- notify, facts_only, pause
    retention_months bigint NOT NULL,
    data_sharing text NOT NULL,  -- off, aggregate
    telegram_bot_token text,
    webhook_secret text,
    webhook_secret_next text,
    chatflow_token text
);

-- Points of a brand. One that left the bundle stays as inactive and gives up its number, so that
-- old reports still find its name.
CREATE TABLE branches (
    id uuid PRIMARY KEY,
    client_id uuid NOT NULL REFERENCES clients (id) ON UPDATE CASCADE ON DELETE CASCADE,
    slug text NOT NULL,
    name text NOT NULL,
    instance_id text,  -- as written: the id or a reference to it
    phone text,
    telegram_chat_id text,
    knowledge_tag text NOT NULL,
    is_active boolean NOT NULL,
    UNIQUE (client_id, slug)
);

-- Every version of every prompt that was ever live; those in use are active.
CREATE TABLE prompts (
    id uuid PRIMARY KEY,
    client_id uuid NOT NULL REFERENCES clients (id) ON UPDATE CASCADE ON DELETE CASCADE,
    name text NOT NULL,
    text text NOT NULL,
    model text NOT NULL,
    temperature double precision NOT NULL,
    is_active boolean NOT NULL,
    created_at text NOT NULL
);
CREATE INDEX prompts_of_client ON prompts (client_id, name);

-- Who changed what when: one line for each publish, rollback and sweep, written in the same
-- transaction. Lines are never changed and never dropped, also when the releases they name have
-- been swept.
CREATE TABLE audit (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at text NOT NULL,
    actor text,  -- who ran it, as git or the system names them
    verb text NOT NULL,  -- publish, rollback, gc
    slug text,  -- NULL: the whole store
    from_release text,  -- live before
    to_release text,  -- live since
    git_commit text,  -- of to_release
    dirty boolean NOT NULL  -- the tree differed from that commit
);
CREATE INDEX audit_of_slug ON audit (slug, id);
