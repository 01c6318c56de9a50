-- Attended work can be put down and go on later; what was taken on lapses; a device that is brought elsewhere is worked on there.
-- SQLite changes no check: the table is made anew.
drop view assignment_view;
alter table assignment rename to assignment_before;
drop index assignment_open;
drop index assignment_submission;
drop index assignment_resource;

create table assignment (
    id           integer primary key,
    version      integer not null,
    open         integer not null check (open in (0, 1)),
    submission   integer not null,
    stage        integer not null,
    resource     text not null,
    slot         integer not null,
    start_at     integer not null,
    end_at       integer not null,
    state        text not null
        check (state in ('offered', 'accepted', 'started', 'paused', 'finished', 'failed', 'released')),
    since        integer,
    started_at   integer,
    held_by      text,
    cause        text check (cause in (
        'cable', 'unsupported', 'pin_wrong', 'locked', 'battery', 'device_full', 'partial', 'machine',
        'replanned', 'given_back', 'resource_down', 'not_ready', 'stopped', 'lapsed',
        'walked_up')),
    tool         text,
    tool_version text,
    hash         text,
    -- When it was first begun, and seconds at speed 1 that were done before it was paused last.
    begun_at     integer,
    worked       integer
) strict;

insert into assignment (
    id, version, open, submission, stage, resource, slot, start_at, end_at, state, since, started_at, held_by, cause, tool,
    tool_version, hash)
select
    id, version, open, submission, stage, resource, slot, start_at, end_at, state, since, started_at, held_by, cause, tool,
    tool_version, hash
from assignment_before;
drop table assignment_before;
create index assignment_open on assignment (id) where open;
create index assignment_submission on assignment (submission);
create index assignment_resource on assignment (resource, start_at);

-- Every assignment, with how it ended.
create view assignment_view as
select a.id, a.submission as number, s.force, a.stage, a.resource, a.slot, a.state, a.cause,
    strftime('%Y-%m-%dT%H:%M:%SZ', a.start_at, 'unixepoch') as planned_start,
    strftime('%Y-%m-%dT%H:%M:%SZ', a.end_at, 'unixepoch') as planned_end,
    strftime('%Y-%m-%dT%H:%M:%SZ', a.since, 'unixepoch') as since,
    strftime('%Y-%m-%dT%H:%M:%SZ', a.started_at, 'unixepoch') as started_at, a.held_by, a.tool, a.tool_version, a.hash,
    strftime('%Y-%m-%dT%H:%M:%SZ', a.begun_at, 'unixepoch') as begun_at, a.worked as worked_seconds
from assignment a left join submission s on s.number = a.submission;
