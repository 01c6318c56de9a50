-- An examination can be ended before its end: since when, why, and what happened to data that was taken. Work that was begun can
-- be stopped by that.
alter table submission add column removed_at bigint;
alter table submission add column removed_cause text check (removed_cause in (
    'agreement_withdrawn', 'agreement_refused', 'withdrawn', 'not_necessary', 'duplicate', 'negative_triage', 'unsupported',
    'not_unlocked'));
alter table submission add column data_taken text check (data_taken in ('none', 'deleted', 'ring_fenced', 'kept'));

alter table assignment drop constraint assignment_cause_check;
alter table assignment add constraint assignment_cause_check check (cause in (
    'cable', 'unsupported', 'pin_wrong', 'locked', 'battery', 'device_full', 'partial', 'machine',
    'replanned', 'given_back', 'resource_down', 'not_ready', 'stopped'));

drop view queue_view;
drop view submission_view;

-- Every open submission, with the earliest promise not yet kept. What was promised and is void is none.
create view queue_view as
select s.number, s.case_id, s.force, s.crime_ref, s.exhibit_ref, s.request, s.oic, s.team, s.owner, s.offence, s.device,
    s.lock_state, s.level, s.tier, s.route, s.stages, s.stages_done, s.place, s.place_site,
    instant(s.place_since) as place_since,
    instant(s.taken_at) as taken_at,
    instant(s.registered_at) as registered_at,
    instant(s.agreement_at) as agreement_at,
    instant(s.notice_at) as notice_at,
    instant(s.authorised_at) as authorised_at, s.legal_basis, s.return_authorised,
    (select instant(min(c.due)) from clock c where c.number = s.number and c.reached_at is null
        and (s.removed_at is null or c.milestone = 'device_back')) as next_due,
    (select count(*) from breach b where b.submission = s.number and b.state = 'open') as open_breaches,
    s.removed_cause, instant(s.removed_at) as removed_at
from submission s
where s.open;

-- Every submission ever, with when its device came back, and why its examination was ended where that was before its end.
create view submission_view as
select s.number, s.case_id, s.open, s.force, s.crime_ref, s.exhibit_ref, s.request, s.owner, s.offence, s.device,
    s.storage_gb, s.lock_state, s.level, s.site, s.route, s.policy, s.stages, s.stages_done, s.place,
    instant(s.taken_at) as taken_at,
    instant(s.registered_at) as registered_at,
    instant(s.delivered_at) as delivered_at,
    instant(s.returned_at) as returned_at, s.received_by, s.proof, s.repeat_suspect, s.life_at_risk, s.risk,
    s.removed_cause, instant(s.removed_at) as removed_at, s.data_taken
from submission s;
