-- For people and BI tools: instants as text (RFC 3339, UTC), words as they are. Numbers are those on the screens, without
-- their letter. These columns may be added to, but none is renamed or removed.

-- Every open submission, with the earliest promise not yet kept.
create view queue_view as
select s.number, s.case_id, s.force, s.crime_ref, s.exhibit_ref, s.request, s.oic, s.team, s.owner, s.offence, s.device,
    s.lock_state, s.level, s.tier, s.route, s.stages, s.stages_done, s.place, s.place_site,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.place_since, 'unixepoch') as place_since,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.taken_at, 'unixepoch') as taken_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.registered_at, 'unixepoch') as registered_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.agreement_at, 'unixepoch') as agreement_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.notice_at, 'unixepoch') as notice_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.authorised_at, 'unixepoch') as authorised_at, s.legal_basis, s.return_authorised,
    (select strftime('%Y-%m-%dT%H:%M:%SZ', min(c.due), 'unixepoch') from clock c
        where c.number = s.number and c.reached_at is null) as next_due,
    (select count(*) from breach b where b.submission = s.number and b.state = 'open') as open_breaches
from submission s
where s.open;

-- Every submission ever, with when its device came back.
create view submission_view as
select s.number, s.case_id, s.open, s.force, s.crime_ref, s.exhibit_ref, s.request, s.owner, s.offence, s.device,
    s.storage_gb, s.lock_state, s.level, s.site, s.route, s.policy, s.stages, s.stages_done, s.place,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.taken_at, 'unixepoch') as taken_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.registered_at, 'unixepoch') as registered_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.delivered_at, 'unixepoch') as delivered_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.returned_at, 'unixepoch') as returned_at, s.received_by, s.proof,
    s.repeat_suspect, s.life_at_risk, s.risk
from submission s;

-- Every promise made, with when it was reached. A promise applies from one instant to another; null: at any time.
create view clock_view as
select c.number, s.force, s.owner, s.offence, s.device, s.site, s.open, c.promise, c.milestone, c.tier, c.hard,
    strftime('%Y-%m-%dT%H:%M:%SZ', c.due, 'unixepoch') as due,
    strftime('%Y-%m-%dT%H:%M:%SZ', c.reached_at, 'unixepoch') as reached_at, c.reached_at - c.due as late_seconds,
    strftime('%Y-%m-%dT%H:%M:%SZ', nullif(c.applies_from, -62135596800), 'unixepoch') as applies_from,
    strftime('%Y-%m-%dT%H:%M:%SZ', nullif(c.ends_at, 253402300799), 'unixepoch') as ends_at
from clock c join submission s on s.number = c.number;

-- Every breach: forecast, open, closed, or shown never to have been one.
create view breach_view as
select b.id, b.submission as number, s.force, s.owner, s.device, s.site, b.promise, b.milestone, b.state,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.due, 'unixepoch') as due,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.since, 'unixepoch') as forecast_since,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.expected, 'unixepoch') as expected,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.reached_at, 'unixepoch') as reached_at, b.reached_at - b.due as late_seconds
from breach b left join submission s on s.number = b.submission;

-- Every assignment, with how it ended.
create view assignment_view as
select a.id, a.submission as number, s.force, a.stage, a.resource, a.slot, a.state, a.cause,
    strftime('%Y-%m-%dT%H:%M:%SZ', a.start_at, 'unixepoch') as planned_start,
    strftime('%Y-%m-%dT%H:%M:%SZ', a.end_at, 'unixepoch') as planned_end,
    strftime('%Y-%m-%dT%H:%M:%SZ', a.since, 'unixepoch') as since,
    strftime('%Y-%m-%dT%H:%M:%SZ', a.started_at, 'unixepoch') as started_at, a.held_by, a.tool, a.tool_version, a.hash
from assignment a left join submission s on s.number = a.submission;

-- Chain of custody: every move of a device, who recorded it, and the facts of the move.
create view continuity_view as
select j.number, l.seq, l.kind, strftime('%Y-%m-%dT%H:%M:%SZ', l.happened_at, 'unixepoch') as happened_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', l.recorded_at, 'unixepoch') as recorded_at,
    l.actor_person as recorded_by, l.facts, l.sealed
from ledger_subject j join ledger l on l.seq = j.seq
where l.kind in ('registered', 'delivered', 'moved', 'collected', 'returned', 'return_corrected', 'corrected');

-- The ledger without its sealed parts.
create view ledger_view as
select l.seq, l.kind, strftime('%Y-%m-%dT%H:%M:%SZ', l.happened_at, 'unixepoch') as happened_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', l.recorded_at, 'unixepoch') as recorded_at,
    l.actor_person as recorded_by, l.actor_token, l.facts
from ledger l;

-- Times at which resources are out of use, beyond the unit file.
create view outage_view as
select o.resource, strftime('%Y-%m-%dT%H:%M:%SZ', o.from_at, 'unixepoch') as out_from,
    strftime('%Y-%m-%dT%H:%M:%SZ', o.until_at, 'unixepoch') as out_until, o.reason
from outage o;
