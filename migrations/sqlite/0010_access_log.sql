-- Whoever follows the ledger asks of each entry which submission it speaks of.
create index ledger_subject_entry on ledger_subject (seq);

-- Who read what. Reading changes nothing and stands in no ledger; a line is kept as long as [retention] says. The same thing
-- read by the same person within one second is one line, with how often.
create table access_log (
    id     integer primary key,
    at     integer not null,
    token  text not null,
    person text not null,
    role   text not null,
    route  text not null,
    number integer,
    status integer not null,
    rows   integer,
    times  integer not null
) strict;

create index access_log_age on access_log (at);
create index access_log_submission on access_log (number, id);
create index access_log_person on access_log (person, id);
