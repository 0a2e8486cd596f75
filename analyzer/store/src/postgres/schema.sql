-- Version 1. A change is a new file with the next version; this one stays as it is.
-- Times are nanoseconds since 1970; blobs are sealed: version, body, checksum.

CREATE TABLE runs (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           bytea NOT NULL UNIQUE,
    tenant       text NOT NULL,
    key          text,
    template     text NOT NULL,
    namespace    text,
    rollout      text,
    created_at   bigint NOT NULL,
    decision     text,
    concluded_at bigint,
    token        bigint,
    phase        text,
    record       bytea NOT NULL,
    verdict      bytea
);
CREATE UNIQUE INDEX runs_by_key ON runs (tenant, key) WHERE key IS NOT NULL;
CREATE INDEX runs_concluded ON runs (concluded_at) WHERE concluded_at IS NOT NULL;
CREATE INDEX runs_by_tenant ON runs (tenant, number);
CREATE INDEX runs_by_template ON runs (template, number);
CREATE INDEX runs_by_rollout ON runs (rollout, namespace, number) WHERE rollout IS NOT NULL;
CREATE INDEX runs_by_decision ON runs (decision, number) WHERE decision IS NOT NULL;

-- Live runs only: where each stands and who has it. Apart from `runs`, as it changes with every event.
CREATE TABLE progress (
    run    bigint PRIMARY KEY REFERENCES runs (number),
    next   bigint NOT NULL,
    token  bigint NOT NULL,
    holder text
) WITH (fillfactor = 50);
CREATE INDEX progress_by_holder ON progress (holder);

CREATE TABLE replicas (name text PRIMARY KEY, until bigint NOT NULL);

CREATE TABLE segments (
    run   bigint NOT NULL,
    first bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (run, first)
);

CREATE TABLE snapshots (run bigint PRIMARY KEY, events bigint NOT NULL, state bytea NOT NULL);

CREATE TABLE overrides (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run   bigint NOT NULL,
    bytes bytea NOT NULL
);
CREATE INDEX overrides_by_run ON overrides (run);

CREATE TABLE texts (hash bytea PRIMARY KEY, text text NOT NULL);
-- The references keep a text from being forgotten while somebody begins to use it.
CREATE TABLE run_texts (
    run  bigint NOT NULL,
    hash bytea NOT NULL REFERENCES texts (hash),
    PRIMARY KEY (run, hash)
);
CREATE INDEX run_texts_by_hash ON run_texts (hash);

CREATE TABLE templates (
    tenant  text NOT NULL,
    name    text NOT NULL,
    version bigint NOT NULL,
    hash    bytea NOT NULL REFERENCES texts (hash),
    at      bigint NOT NULL,
    PRIMARY KEY (tenant, name, version)
);
CREATE INDEX templates_by_hash ON templates (hash);

CREATE TABLE schedules (
    tenant   text NOT NULL,
    name     text NOT NULL,
    document text NOT NULL,
    fired_at bigint,
    PRIMARY KEY (tenant, name)
);

-- state: 0 due, 1 delivered, 2 dead.
CREATE TABLE deliveries (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run    bigint NOT NULL,
    target text NOT NULL,
    key    text NOT NULL,
    state  bigint NOT NULL,
    due_at bigint NOT NULL,
    body   bytea NOT NULL,
    UNIQUE (target, key)
);
CREATE INDEX deliveries_by_run ON deliveries (run);
CREATE INDEX deliveries_due ON deliveries (due_at, number) WHERE state = 0;
CREATE INDEX deliveries_dead ON deliveries (number) WHERE state = 2;

CREATE TABLE attempts (
    delivery bigint NOT NULL,
    attempt  bigint NOT NULL,
    at       bigint NOT NULL,
    outcome  text NOT NULL,
    PRIMARY KEY (delivery, attempt)
);

-- What a look at whether the store works writes. One row.
CREATE TABLE probe (probes bigint NOT NULL);
INSERT INTO probe (probes) VALUES (0);
