-- The ledger: everything that happened, one row each, never changed. Instants are seconds since 1970 (UTC).
create table ledger (
    seq          integer primary key check (seq > 0),
    kind         text not null,
    v            integer not null,
    happened_at  integer not null,
    recorded_at  integer not null,
    actor_person text not null,
    actor_token  text,
    facts        text not null,
    sealed       text,
    salt         text,
    sealed_hash  blob not null check (length(sealed_hash) = 32),
    digest       blob not null check (length(digest) = 32),
    chain        blob not null check (length(chain) = 32)
) strict;

-- A careless hand, not a forger: against that one there are checkpoints.
create trigger ledger_stays before delete on ledger
begin
    select raise(abort, 'ledger entries are never removed');
end;

create trigger ledger_stands before update on ledger
when new.sealed is not null or new.salt is not null
    or new.seq <> old.seq or new.kind <> old.kind or new.v <> old.v
    or new.happened_at <> old.happened_at or new.recorded_at <> old.recorded_at
    or new.actor_person <> old.actor_person or new.actor_token is not old.actor_token
    or new.facts <> old.facts or new.sealed_hash <> old.sealed_hash
    or new.digest <> old.digest or new.chain <> old.chain
begin
    select raise(abort, 'ledger entries are never changed, but for redaction of their sealed part');
end;

-- Which entries speak of a submission: its timeline.
create table ledger_subject (
    number integer not null,
    seq    integer not null,
    primary key (number, seq)
) strict, without rowid;

-- Where the ledger ends, and the numbers given next. One row.
create table head (
    id              integer primary key check (id = 1),
    seq             integer not null,
    chain           blob not null check (length(chain) = 32),
    next_submission integer not null,
    next_case       integer not null,
    next_assignment integer not null,
    next_breach     integer not null
) strict;

insert into head values (1, 0, zeroblob(32), 1, 1, 1, 1);
