-- Attended work can be put down and go on later; what was taken on lapses; a device that is brought elsewhere is worked on there.
alter table assignment drop constraint assignment_state_check;
alter table assignment add constraint assignment_state_check
    check (state in ('offered', 'accepted', 'started', 'paused', 'finished', 'failed', 'released'));
alter table assignment drop constraint assignment_cause_check;
alter table assignment add constraint assignment_cause_check check (cause in (
    'cable', 'unsupported', 'pin_wrong', 'locked', 'battery', 'device_full', 'partial', 'machine',
    'replanned', 'given_back', 'resource_down', 'not_ready', 'stopped', 'lapsed', 'walked_up'));
-- When it was first begun, and seconds at speed 1 that were done before it was paused last.
alter table assignment add column begun_at bigint;
alter table assignment add column worked bigint;

drop view assignment_view;

-- Every assignment, with how it ended.
create view assignment_view as
select a.id, a.submission as number, s.force, a.stage, a.resource, a.slot, a.state, a.cause,
    instant(a.start_at) as planned_start, instant(a.end_at) as planned_end, instant(a.since) as since,
    instant(a.started_at) as started_at, a.held_by, a.tool, a.tool_version, a.hash,
    instant(a.begun_at) as begun_at, a.worked as worked_seconds
from assignment a left join submission s on s.number = a.submission;
