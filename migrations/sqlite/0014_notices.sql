-- What people are told of without their asking: what is so, by recipient, and the messages that tell it. No entry of the ledger rests on it.
create table notice (
    id         integer primary key,
    recipient  text not null,
    -- What it is about: 'Q12/pin/duty_supervisor', 'Q12/victim-phone/open'.
    subject    text not null,
    kind       text not null check (kind in ('wanted', 'forecast_breach', 'breach', 'ready_for_return', 'handset')),
    item       text not null,
    noticed_at integer not null,
    gone_at    integer,
    message    integer
) strict;
create unique index notice_subject on notice (recipient, subject);

create table message (
    id         integer primary key,
    recipient  text not null,
    created_at integer not null,
    items      text not null,
    more       integer not null,
    state      text not null check (state in ('pending', 'sent', 'dead')),
    attempts   integer not null,
    next_at    integer not null,
    error      text
) strict;
create index message_due on message (next_at) where state = 'pending';
create index message_recipient on message (recipient, created_at);
