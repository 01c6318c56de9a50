-- The current state, written with each entry from the same values: for search, reports and BI tools. It holds no rule.
-- Booleans and words say what the domain's types say; a test compares the lists of words.

create table submission (
    number              bigint primary key,
    case_id             bigint not null,
    version             bigint not null,
    open                boolean not null,
    registered_at       bigint not null,
    force               text not null,
    offence             text not null,
    owner               text not null check (owner in ('victim', 'witness', 'suspect', 'other')),
    device              text not null,
    storage_gb          bigint,
    lock_state          text not null
        check (lock_state in ('unlocked', 'pin_held', 'afu', 'bfu', 'encrypted', 'unknown')),
    taken_at            bigint not null,
    site                text not null,
    delivered_at        bigint,
    return_site         text,
    owner_present_until bigint,
    level               bigint not null,
    agreement_at        bigint,
    notice_at           bigint,
    legal_basis         boolean not null,
    authorised_at       bigint,
    return_authorised   boolean not null,
    custody_expires_at  bigint,
    bail_at             bigint,
    court_at            bigint,
    evidence_fades_at   bigint,
    risk                text not null,
    repeat_suspect      boolean not null,
    life_at_risk        boolean not null,
    case_rank           bigint,
    policy              text not null,
    route               text,
    stages              bigint not null,
    stages_done         bigint not null,
    -- When it last changed.
    tier                bigint not null,
    place               text not null check (place in ('not_delivered', 'at', 'signed_out', 'returned')),
    place_site          text,
    place_since         bigint,
    returned_at         bigint,
    received_by         text check (received_by in ('owner', 'parent', 'nominated')),
    proof               text check (proof in ('signature', 'code', 'witnessed')),
    -- What only people read: null once redacted.
    crime_ref           text,
    exhibit_ref         text,
    request             bigint,
    oic                 text,
    team                text,
    make                text,
    model               text,
    reference_digest    bytea check (length(reference_digest) = 32),
    -- All of it, as the program reads it.
    body                text not null
) with (fillfactor = 80);

create index submission_open on submission (number) where open;
create index submission_case on submission (case_id);
create index submission_reference on submission (reference_digest, number) where reference_digest is not null;
create index submission_force on submission (force, number);

-- Every case ever, by SHA-256 of its reference; a corrected reference keeps its row.
create table case_reference (
    digest  bytea primary key check (length(digest) = 32),
    case_id bigint not null
);

-- One row for each promise made to a submission.
create table clock (
    number       bigint not null,
    place        bigint not null,
    promise      text not null,
    milestone    text not null check (milestone in ('extracted', 'device_back', 'results')),
    tier         bigint not null,
    hard         boolean not null,
    due          bigint not null,
    applies_from bigint not null,
    ends_at      bigint not null,
    reached_at   bigint,
    primary key (number, place)
);

create index clock_due on clock (due);

create table assignment (
    id           bigint primary key,
    version      bigint not null,
    open         boolean not null,
    submission   bigint not null,
    stage        bigint not null,
    resource     text not null,
    slot         bigint not null,
    start_at     bigint not null,
    end_at       bigint not null,
    state        text not null
        check (state in ('offered', 'accepted', 'started', 'finished', 'failed', 'released')),
    since        bigint,
    started_at   bigint,
    held_by      text,
    cause        text check (cause in (
        'cable', 'unsupported', 'pin_wrong', 'locked', 'battery', 'device_full', 'partial', 'machine',
        'replanned', 'given_back', 'resource_down', 'not_ready')),
    tool         text,
    tool_version text,
    hash         text
);

create index assignment_open on assignment (id) where open;
create index assignment_submission on assignment (submission);
create index assignment_resource on assignment (resource, start_at);

create table breach (
    id         bigint primary key,
    submission bigint not null,
    promise    text not null,
    milestone  text not null check (milestone in ('extracted', 'device_back', 'results')),
    due        bigint not null,
    state      text not null check (state in ('forecast', 'open', 'closed', 'void', 'disproved')),
    since      bigint,
    expected   bigint,
    reached_at bigint
);

create index breach_submission on breach (submission);
create index breach_state on breach (state, id);

-- Times at which resources are out of use, beyond the unit file.
create table outage (
    resource text not null,
    place    bigint not null,
    from_at  bigint not null,
    until_at bigint not null,
    reason   text not null,
    primary key (resource, place)
);

-- Adopted files, by the entry that adopted them. The newest rules.
create table establishment (
    seq        bigint primary key references ledger (seq),
    version    text not null,
    adopted_at bigint not null,
    digest     text not null,
    body       text not null
);

create table policy (
    version    text primary key,
    seq        bigint not null references ledger (seq),
    adopted_at bigint not null,
    digest     text not null,
    body       text not null
);
