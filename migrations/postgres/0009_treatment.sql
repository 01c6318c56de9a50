-- What people decide about a submission beside its gates and its work: parked, outside, raised or lowered, its return withheld or
-- offered.
alter table submission drop constraint submission_place_check;
alter table submission add constraint submission_place_check
    check (place in ('not_delivered', 'at', 'signed_out', 'outside', 'returned'));

alter table submission add column parked_at bigint;
alter table submission add column parked_cause text check (parked_cause in ('decision', 'other_evidence', 'tool', 'unlock', 'other'));
alter table submission add column review_at bigint;
alter table submission add column provider text;
alter table submission add column provider_due bigint;
alter table submission add column priority bigint;
alter table submission add column priority_until bigint;
alter table submission add column withheld_at bigint;
alter table submission add column withheld_cause text check (withheld_cause in ('indecent_images', 'evidence', 'ordered', 'other'));
alter table submission add column offered_at bigint;
alter table submission add column offer_answer text check (offer_answer in ('accepted', 'later', 'unreachable', 'declined'));

drop view queue_view;
drop view continuity_view;

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
    s.removed_cause, s.parked_cause, s.provider, s.priority, s.withheld_cause, s.offer_answer,
    instant(s.review_at) as review_at, instant(s.provider_due) as provider_due, instant(s.removed_at) as removed_at
from submission s
where s.open;

-- Chain of custody: every move of a device, who recorded it, and the facts of the move.
create view continuity_view as
select j.number, l.seq, l.kind, instant(l.happened_at) as happened_at, instant(l.recorded_at) as recorded_at,
    l.actor_person as recorded_by, l.facts, l.sealed
from ledger_subject j join ledger l on l.seq = j.seq
where l.kind in ('registered', 'delivered', 'moved', 'collected', 'sent_outside', 'came_back', 'returned', 'return_corrected',
    'corrected');
