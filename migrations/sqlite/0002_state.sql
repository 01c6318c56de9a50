-- The current state, written with each entry from the same values: for search, reports and BI tools. It holds no rule.
-- Booleans and words say what the domain's types say; a test compares the lists of words.

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
    place               text not null check (place in ('not_delivered', 'at', 'signed_out', 'returned')),
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
    -- All of it, as the program reads it.
    body                text not null
) strict;

create index submission_open on submission (number) where open;
create index submission_case on submission (case_id);
create index submission_reference on submission (reference_digest, number) where reference_digest is not null;
create index submission_force on submission (force, number);

-- Every case ever, by SHA-256 of its reference; a corrected reference keeps its row.
create table case_reference (
    digest  blob primary key check (length(digest) = 32),
    case_id integer not null
) strict;

-- One row for each promise made to a submission.
create table clock (
    number       integer not null,
    place        integer not null,
    promise      text not null,
    milestone    text not null check (milestone in ('extracted', 'device_back', 'results')),
    tier         integer not null,
    hard         integer not null check (hard in (0, 1)),
    due          integer not null,
    applies_from integer not null,
    ends_at      integer not null,
    reached_at   integer,
    primary key (number, place)
) strict;

create index clock_due on clock (due);

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
        'replanned', 'given_back', 'resource_down', 'not_ready')),
    tool         text,
    tool_version text,
    hash         text
) strict;

create index assignment_open on assignment (id) where open;
create index assignment_submission on assignment (submission);
create index assignment_resource on assignment (resource, start_at);

create table breach (
    id         integer primary key,
    submission integer not null,
    promise    text not null,
    milestone  text not null check (milestone in ('extracted', 'device_back', 'results')),
    due        integer not null,
    state      text not null check (state in ('forecast', 'open', 'closed', 'void', 'disproved')),
    since      integer,
    expected   integer,
    reached_at integer
) strict;

create index breach_submission on breach (submission);
create index breach_state on breach (state, id);

-- Times at which resources are out of use, beyond the unit file.
create table outage (
    resource text not null,
    place    integer not null,
    from_at  integer not null,
    until_at integer not null,
    reason   text not null,
    primary key (resource, place)
) strict;

-- Adopted files, by the entry that adopted them. The newest rules.
create table establishment (
    seq        integer primary key references ledger (seq),
    version    text not null,
    adopted_at integer not null,
    digest     text not null,
    body       text not null
) strict;

create table policy (
    version    text primary key,
    seq        integer not null references ledger (seq),
    adopted_at integer not null,
    digest     text not null,
    body       text not null
) strict;
