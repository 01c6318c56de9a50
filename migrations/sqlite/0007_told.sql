-- What people were told by the newest plan, as JSON: a daemon that starts again goes on as they were told. One row; no part of
-- the ledger's truth, and nothing is lost without it but their peace.
create table told_plan (
    id       integer primary key check (id = 1),
    based_on integer not null,
    made_at  integer not null,
    plan     text not null
) strict;
