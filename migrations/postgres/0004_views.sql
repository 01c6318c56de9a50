-- For people and BI tools: instants as text (RFC 3339, UTC), words as they are. Numbers are those on the screens, without
-- their letter. These columns may be added to, but none is renamed or removed.

create function instant(seconds bigint) returns text language sql immutable parallel safe as $$
    select to_char(to_timestamp(seconds) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- Every open submission, with the earliest promise not yet kept.
create view queue_view as
select s.number, s.case_id, s.force, s.crime_ref, s.exhibit_ref, s.request, s.oic, s.team, s.owner, s.offence, s.device,
    s.lock_state, s.level, s.tier, s.route, s.stages, s.stages_done, s.place, s.place_site,
    instant(s.place_since) as place_since, instant(s.taken_at) as taken_at, instant(s.registered_at) as registered_at,
    instant(s.agreement_at) as agreement_at, instant(s.notice_at) as notice_at,
    instant(s.authorised_at) as authorised_at, s.legal_basis, s.return_authorised,
    (select instant(min(c.due)) from clock c where c.number = s.number and c.reached_at is null) as next_due,
    (select count(*) from breach b where b.submission = s.number and b.state = 'open') as open_breaches
from submission s
where s.open;

-- Every submission ever, with when its device came back.
create view submission_view as
select s.number, s.case_id, s.open, s.force, s.crime_ref, s.exhibit_ref, s.request, s.owner, s.offence, s.device,
    s.storage_gb, s.lock_state, s.level, s.site, s.route, s.policy, s.stages, s.stages_done, s.place,
    instant(s.taken_at) as taken_at, instant(s.registered_at) as registered_at, instant(s.delivered_at) as delivered_at,
    instant(s.returned_at) as returned_at, s.received_by, s.proof, s.repeat_suspect, s.life_at_risk, s.risk
from submission s;

-- Every promise made, with when it was reached. A promise applies from one instant to another; null: at any time.
create view clock_view as
select c.number, s.force, s.owner, s.offence, s.device, s.site, s.open, c.promise, c.milestone, c.tier, c.hard,
    instant(c.due) as due, instant(c.reached_at) as reached_at, c.reached_at - c.due as late_seconds,
    instant(nullif(c.applies_from, -62135596800)) as applies_from, instant(nullif(c.ends_at, 253402300799)) as ends_at
from clock c join submission s on s.number = c.number;

-- Every breach: forecast, open, closed, or shown never to have been one.
create view breach_view as
select b.id, b.submission as number, s.force, s.owner, s.device, s.site, b.promise, b.milestone, b.state,
    instant(b.due) as due, instant(b.since) as forecast_since, instant(b.expected) as expected,
    instant(b.reached_at) as reached_at, b.reached_at - b.due as late_seconds
from breach b left join submission s on s.number = b.submission;

-- Every assignment, with how it ended.
create view assignment_view as
select a.id, a.submission as number, s.force, a.stage, a.resource, a.slot, a.state, a.cause,
    instant(a.start_at) as planned_start, instant(a.end_at) as planned_end, instant(a.since) as since,
    instant(a.started_at) as started_at, a.held_by, a.tool, a.tool_version, a.hash
from assignment a left join submission s on s.number = a.submission;

-- Chain of custody: every move of a device, who recorded it, and the facts of the move.
create view continuity_view as
select j.number, l.seq, l.kind, instant(l.happened_at) as happened_at, instant(l.recorded_at) as recorded_at,
    l.actor_person as recorded_by, l.facts, l.sealed
from ledger_subject j join ledger l on l.seq = j.seq
where l.kind in ('registered', 'delivered', 'moved', 'collected', 'returned', 'return_corrected', 'corrected');

-- The ledger without its sealed parts.
create view ledger_view as
select l.seq, l.kind, instant(l.happened_at) as happened_at, instant(l.recorded_at) as recorded_at,
    l.actor_person as recorded_by, l.actor_token, l.facts
from ledger l;

-- Times at which resources are out of use, beyond the unit file.
create view outage_view as
select o.resource, instant(o.from_at) as out_from, instant(o.until_at) as out_until, o.reason
from outage o;
