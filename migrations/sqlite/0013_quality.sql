-- What must not be used until the quality lead says so again, and what each resource works with, as far as finish records tell.
create table quality_hold (
    id            integer primary key,
    what          text not null check (what in ('resource', 'tool', 'person')),
    name          text not null,
    tool_version  text,
    since         integer not null,
    doubtful_from integer,
    placed_by     text not null,
    reason        text not null,
    lifted_at     integer,
    lifted_by     text
) strict;

create table resource_tool (
    resource text primary key,
    tool     text not null,
    version  text not null,
    since    integer not null
) strict, without rowid;

insert into resource_tool (resource, tool, version, since)
select resource, tool, tool_version, since
from (
    select resource, tool, tool_version, since,
        row_number() over (partition by resource order by since desc, version desc) as place
    from assignment
    where state = 'finished' and tool is not null and tool_version is not null
) as used
where place = 1;

-- Work fails for one reason more, and is taken back for one reason more. SQLite changes no check: the table is made anew.
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
        'cable', 'unsupported', 'pin_wrong', 'locked', 'battery', 'device_full', 'hidden_profile', 'partial', 'machine',
        'replanned', 'given_back', 'resource_down', 'quality_hold', 'not_ready', 'stopped', 'lapsed',
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
    tool_version, hash, begun_at, worked)
select
    id, version, open, submission, stage, resource, slot, start_at, end_at, state, since, started_at, held_by, cause, tool,
    tool_version, hash, begun_at, worked
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

-- What a tool was used for is found.
create index assignment_tool on assignment (tool, tool_version) where tool is not null;
