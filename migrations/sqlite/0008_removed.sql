-- An examination can be ended before its end: since when, why, and what happened to data that was taken. Work that was begun can
-- be stopped by that.
alter table submission add column removed_at integer;
alter table submission add column removed_cause text check (removed_cause in (
    'agreement_withdrawn', 'agreement_refused', 'withdrawn', 'not_necessary', 'duplicate', 'negative_triage', 'unsupported',
    'not_unlocked'));
alter table submission add column data_taken text check (data_taken in ('none', 'deleted', 'ring_fenced', 'kept'));

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
        check (state in ('offered', 'accepted', 'started', 'finished', 'failed', 'released')),
    since        integer,
    started_at   integer,
    held_by      text,
    cause        text check (cause in (
        'cable', 'unsupported', 'pin_wrong', 'locked', 'battery', 'device_full', 'partial', 'machine',
        'replanned', 'given_back', 'resource_down', 'not_ready', 'stopped')),
    tool         text,
    tool_version text,
    hash         text
) strict;

insert into assignment select * from assignment_before;
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
    strftime('%Y-%m-%dT%H:%M:%SZ', a.started_at, 'unixepoch') as started_at, a.held_by, a.tool, a.tool_version, a.hash
from assignment a left join submission s on s.number = a.submission;

drop view queue_view;
drop view submission_view;

-- Every open submission, with the earliest promise not yet kept. What was promised and is void is none.
create view queue_view as
select s.number, s.case_id, s.force, s.crime_ref, s.exhibit_ref, s.request, s.oic, s.team, s.owner, s.offence, s.device,
    s.lock_state, s.level, s.tier, s.route, s.stages, s.stages_done, s.place, s.place_site,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.place_since, 'unixepoch') as place_since,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.taken_at, 'unixepoch') as taken_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.registered_at, 'unixepoch') as registered_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.agreement_at, 'unixepoch') as agreement_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.notice_at, 'unixepoch') as notice_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.authorised_at, 'unixepoch') as authorised_at, s.legal_basis, s.return_authorised,
    (select strftime('%Y-%m-%dT%H:%M:%SZ', min(c.due), 'unixepoch') from clock c where c.number = s.number and c.reached_at is null
        and (s.removed_at is null or c.milestone = 'device_back')) as next_due,
    (select count(*) from breach b where b.submission = s.number and b.state = 'open') as open_breaches,
    s.removed_cause, strftime('%Y-%m-%dT%H:%M:%SZ', s.removed_at, 'unixepoch') as removed_at
from submission s
where s.open;

-- Every submission ever, with when its device came back, and why its examination was ended where that was before its end.
create view submission_view as
select s.number, s.case_id, s.open, s.force, s.crime_ref, s.exhibit_ref, s.request, s.owner, s.offence, s.device,
    s.storage_gb, s.lock_state, s.level, s.site, s.route, s.policy, s.stages, s.stages_done, s.place,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.taken_at, 'unixepoch') as taken_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.registered_at, 'unixepoch') as registered_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.delivered_at, 'unixepoch') as delivered_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.returned_at, 'unixepoch') as returned_at, s.received_by, s.proof, s.repeat_suspect, s.life_at_risk, s.risk,
    s.removed_cause, strftime('%Y-%m-%dT%H:%M:%SZ', s.removed_at, 'unixepoch') as removed_at, s.data_taken
from submission s;
