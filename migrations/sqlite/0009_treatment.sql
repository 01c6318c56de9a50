-- What people decide about a submission beside its gates and its work: parked, outside, raised or lowered, its return withheld or
-- offered. SQLite changes no check: the table is made anew under the views that read it.
pragma legacy_alter_table = on;
alter table submission rename to submission_before;
pragma legacy_alter_table = off;
drop index submission_open;
drop index submission_case;
drop index submission_reference;
drop index submission_force;

create table submission (
    number              integer primary key,
    case_id             integer not null,
    version             integer not null,
    open                integer not null check (open in (0, 1)),
    registered_at       integer not null,
    force               text not null,
    offence             text not null,
    owner               text not null check (owner in ('victim', 'witness', 'suspect', 'other')),
    device              text not null,
    storage_gb          integer,
    lock_state          text not null
        check (lock_state in ('unlocked', 'pin_held', 'afu', 'bfu', 'encrypted', 'unknown')),
    taken_at            integer not null,
    site                text not null,
    delivered_at        integer,
    return_site         text,
    owner_present_until integer,
    level               integer not null,
    agreement_at        integer,
    notice_at           integer,
    legal_basis         integer not null check (legal_basis in (0, 1)),
    authorised_at       integer,
    return_authorised   integer not null check (return_authorised in (0, 1)),
    custody_expires_at  integer,
    bail_at             integer,
    court_at            integer,
    evidence_fades_at   integer,
    risk                text not null,
    repeat_suspect      integer not null check (repeat_suspect in (0, 1)),
    life_at_risk        integer not null check (life_at_risk in (0, 1)),
    case_rank           integer,
    policy              text not null,
    route               text,
    stages              integer not null,
    stages_done         integer not null,
    -- When it last changed.
    tier                integer not null,
    place               text not null check (place in ('not_delivered', 'at', 'signed_out', 'outside', 'returned')),
    place_site          text,
    place_since         integer,
    returned_at         integer,
    received_by         text check (received_by in ('owner', 'parent', 'nominated')),
    proof               text check (proof in ('signature', 'code', 'witnessed')),
    -- What only people read: null once redacted.
    crime_ref           text,
    exhibit_ref         text,
    request             integer,
    oic                 text,
    team                text,
    make                text,
    model               text,
    reference_digest    blob check (length(reference_digest) = 32),
    -- An examination that was ended before its end.
    removed_at          integer,
    removed_cause       text check (removed_cause in (
        'agreement_withdrawn', 'agreement_refused', 'withdrawn', 'not_necessary', 'duplicate', 'negative_triage', 'unsupported',
        'not_unlocked')),
    data_taken          text check (data_taken in ('none', 'deleted', 'ring_fenced', 'kept')),
    -- What people decided beside gates and work.
    parked_at           integer,
    parked_cause        text check (parked_cause in ('decision', 'other_evidence', 'tool', 'unlock', 'other')),
    review_at           integer,
    provider            text,
    provider_due        integer,
    priority            integer,
    priority_until      integer,
    withheld_at         integer,
    withheld_cause      text check (withheld_cause in ('indecent_images', 'evidence', 'ordered', 'other')),
    offered_at          integer,
    offer_answer        text check (offer_answer in ('accepted', 'later', 'unreachable', 'declined')),
    -- All of it, as the program reads it.
    body                text not null
) strict;

insert into submission (
    number, case_id, version, open, registered_at, force, offence, owner, device, storage_gb, lock_state, taken_at, site,
    delivered_at, return_site, owner_present_until, level, agreement_at, notice_at, legal_basis, authorised_at,
    return_authorised, custody_expires_at, bail_at, court_at, evidence_fades_at, risk, repeat_suspect, life_at_risk,
    case_rank, policy, route, stages, stages_done, tier, place, place_site, place_since, returned_at, received_by, proof,
    crime_ref, exhibit_ref, request, oic, team, make, model, reference_digest, body, removed_at, removed_cause, data_taken)
select
    number, case_id, version, open, registered_at, force, offence, owner, device, storage_gb, lock_state, taken_at, site,
    delivered_at, return_site, owner_present_until, level, agreement_at, notice_at, legal_basis, authorised_at,
    return_authorised, custody_expires_at, bail_at, court_at, evidence_fades_at, risk, repeat_suspect, life_at_risk,
    case_rank, policy, route, stages, stages_done, tier, place, place_site, place_since, returned_at, received_by, proof,
    crime_ref, exhibit_ref, request, oic, team, make, model, reference_digest, body, removed_at, removed_cause, data_taken
from submission_before;
drop table submission_before;
create index submission_open on submission (number) where open;
create index submission_case on submission (case_id);
create index submission_reference on submission (reference_digest, number) where reference_digest is not null;
create index submission_force on submission (force, number);

drop view queue_view;
drop view continuity_view;

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
    s.removed_cause, s.parked_cause, s.provider, s.priority, s.withheld_cause, s.offer_answer,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.review_at, 'unixepoch') as review_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.provider_due, 'unixepoch') as provider_due,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.removed_at, 'unixepoch') as removed_at
from submission s
where s.open;

-- Chain of custody: every move of a device, who recorded it, and the facts of the move.
create view continuity_view as
select j.number, l.seq, l.kind, strftime('%Y-%m-%dT%H:%M:%SZ', l.happened_at, 'unixepoch') as happened_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', l.recorded_at, 'unixepoch') as recorded_at,
    l.actor_person as recorded_by, l.facts, l.sealed
from ledger_subject j join ledger l on l.seq = j.seq
where l.kind in ('registered', 'delivered', 'moved', 'collected', 'sent_outside', 'came_back', 'returned', 'return_corrected',
    'corrected');
