-- What the desk needs beside the queue.

-- Answers given, so that a request sent again is done once.
create table idempotency (
    token          text not null,
    key            text not null,
    request_digest blob not null check (length(request_digest) = 32),
    status         integer not null,
    reply          text not null,
    created_at     integer not null,
    primary key (token, key)
) strict;

create index idempotency_age on idempotency (created_at);

-- Bearer tokens; of their secrets only the SHA-256.
create table token (
    id         text primary key,
    hash       blob not null unique check (length(hash) = 32),
    person     text not null,
    label      text,
    role       text not null,
    team       text,
    force      text,
    sites      text not null,
    created_at integer not null,
    expires_at integer not null,
    revoked_at integer
) strict;

-- Runs of cron jobs: one claim for each scheduled instant, on whichever node.
create table cron_run (
    job        text not null,
    due_at     integer not null,
    claimed_at integer not null,
    primary key (job, due_at)
) strict;
