-- What the desk needs beside the queue.

-- Answers given, so that a request sent again is done once.
create table idempotency (
    token          text not null,
    key            text not null,
    request_digest bytea not null check (length(request_digest) = 32),
    status         bigint not null,
    reply          text not null,
    created_at     bigint not null,
    primary key (token, key)
);

create index idempotency_age on idempotency (created_at);

-- Bearer tokens; of their secrets only the SHA-256.
create table token (
    id         text primary key,
    hash       bytea not null unique check (length(hash) = 32),
    person     text not null,
    label      text,
    role       text not null,
    team       text,
    force      text,
    sites      text not null,
    created_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint
);

-- Runs of cron jobs: one claim for each scheduled instant, on whichever node.
create table cron_run (
    job        text not null,
    due_at     bigint not null,
    claimed_at bigint not null,
    primary key (job, due_at)
);
