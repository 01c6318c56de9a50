-- The ledger: everything that happened, one row each, never changed. Instants are seconds since 1970 (UTC).
create table ledger (
    seq          bigint primary key check (seq > 0),
    kind         text not null,
    v            bigint not null,
    happened_at  bigint not null,
    recorded_at  bigint not null,
    actor_person text not null,
    actor_token  text,
    facts        text not null,
    sealed       text,
    salt         text,
    sealed_hash  bytea not null check (length(sealed_hash) = 32),
    digest       bytea not null check (length(digest) = 32),
    chain        bytea not null check (length(chain) = 32)
);

-- A careless hand, not a forger: against that one there are checkpoints.
create function ledger_stays() returns trigger language plpgsql as $$
begin
    raise exception 'ledger entries are never removed';
end $$;

create function ledger_stands() returns trigger language plpgsql as $$
begin
    raise exception 'ledger entries are never changed, but for redaction of their sealed part';
end $$;

create trigger ledger_stays before delete or truncate on ledger for each statement execute function ledger_stays();

create trigger ledger_stands before update on ledger for each row
when (new.sealed is not null or new.salt is not null
    or new.seq <> old.seq or new.kind <> old.kind or new.v <> old.v
    or new.happened_at <> old.happened_at or new.recorded_at <> old.recorded_at
    or new.actor_person <> old.actor_person or new.actor_token is distinct from old.actor_token
    or new.facts <> old.facts or new.sealed_hash <> old.sealed_hash
    or new.digest <> old.digest or new.chain <> old.chain)
execute function ledger_stands();

-- Which entries speak of a submission: its timeline.
create table ledger_subject (
    number bigint not null,
    seq    bigint not null,
    primary key (number, seq)
);

-- Where the ledger ends, and the numbers given next. One row, changed by every commit: room for its versions beside it.
create table head (
    id              bigint primary key check (id = 1),
    seq             bigint not null,
    chain           bytea not null check (length(chain) = 32),
    next_submission bigint not null,
    next_case       bigint not null,
    next_assignment bigint not null,
    next_breach     bigint not null
) with (fillfactor = 20);

insert into head values (1, 0, decode(repeat('00', 32), 'hex'), 1, 1, 1, 1);
