-- Version 1. A change is a new file with the next version; this one stays as it is.
-- Times are nanoseconds since 1970; blobs are sealed: version, body, checksum.

-- Counts the starts: the tokens of a start are greater than all before. One row;
-- the probe is what a look at whether the store works writes.
CREATE TABLE starts (epoch INTEGER NOT NULL, probe BLOB);
INSERT INTO starts (epoch) VALUES (0);

CREATE TABLE runs (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB NOT NULL UNIQUE,
    tenant       TEXT NOT NULL,
    key          TEXT,
    template     TEXT NOT NULL,
    namespace    TEXT,
    rollout      TEXT,
    created_at   INTEGER NOT NULL,
    phase        TEXT NOT NULL,
    decision     TEXT,
    concluded_at INTEGER,
    token        INTEGER,
    record       BLOB NOT NULL,
    verdict      BLOB
);
CREATE UNIQUE INDEX runs_by_key ON runs (tenant, key) WHERE key IS NOT NULL;
CREATE INDEX runs_live ON runs (number) WHERE concluded_at IS NULL;
CREATE INDEX runs_concluded ON runs (concluded_at) WHERE concluded_at IS NOT NULL;
CREATE INDEX runs_by_tenant ON runs (tenant);
CREATE INDEX runs_by_template ON runs (template);
CREATE INDEX runs_by_rollout ON runs (rollout, namespace) WHERE rollout IS NOT NULL;
CREATE INDEX runs_by_decision ON runs (decision) WHERE decision IS NOT NULL;
CREATE INDEX runs_by_phase ON runs (phase);

-- What each commit appended, all runs mixed, in the order of commits. Short-lived: a frame goes when all
-- its events are in segments.
CREATE TABLE journal (position INTEGER PRIMARY KEY, frame BLOB NOT NULL);

-- The events of each run for good. The id is the number of the run times 2^28 and the number of the
-- segment's first event.
CREATE TABLE segments (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

CREATE TABLE snapshots (run INTEGER PRIMARY KEY, events INTEGER NOT NULL, state BLOB NOT NULL);

CREATE TABLE overrides (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX overrides_by_run ON overrides (run);

CREATE TABLE texts (hash BLOB NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE run_texts (run INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (run, hash)) WITHOUT ROWID;
CREATE INDEX run_texts_by_hash ON run_texts (hash);

CREATE TABLE templates (
    tenant  TEXT NOT NULL,
    name    TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash    BLOB NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, version)
) WITHOUT ROWID;
CREATE INDEX templates_by_hash ON templates (hash);

CREATE TABLE schedules (
    tenant   TEXT NOT NULL,
    name     TEXT NOT NULL,
    document TEXT NOT NULL,
    fired_at INTEGER,
    PRIMARY KEY (tenant, name)
) WITHOUT ROWID;

-- state: 0 due, 1 delivered, 2 dead.
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run    INTEGER NOT NULL,
    target TEXT NOT NULL,
    key    TEXT NOT NULL,
    state  INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    body   BLOB NOT NULL,
    UNIQUE (target, key)
);
CREATE INDEX deliveries_by_run ON deliveries (run);
CREATE INDEX deliveries_due ON deliveries (due_at, number) WHERE state = 0;
CREATE INDEX deliveries_dead ON deliveries (number) WHERE state = 2;

CREATE TABLE attempts (
    delivery INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    outcome  TEXT NOT NULL,
    PRIMARY KEY (delivery, attempt)
) WITHOUT ROWID;
