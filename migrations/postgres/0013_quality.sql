-- What must not be used until the quality lead says so again, and what each resource works with, as far as finish records tell.
create table quality_hold (
    id            bigint primary key,
    what          text not null check (what in ('resource', 'tool', 'person')),
    name          text not null,
    tool_version  text,
    since         bigint not null,
    doubtful_from bigint,
    placed_by     text not null,
    reason        text not null,
    lifted_at     bigint,
    lifted_by     text
);

create table resource_tool (
    resource text primary key,
    tool     text not null,
    version  text not null,
    since    bigint not null
);

insert into resource_tool (resource, tool, version, since)
select resource, tool, tool_version, since
from (
    select resource, tool, tool_version, since,
        row_number() over (partition by resource order by since desc, version desc) as place
    from assignment
    where state = 'finished' and tool is not null and tool_version is not null
) as used
where place = 1;

-- Work fails for one reason more, and is taken back for one reason more.
alter table assignment drop constraint assignment_cause_check;
alter table assignment add constraint assignment_cause_check check (cause in (
    'cable', 'unsupported', 'pin_wrong', 'locked', 'battery', 'device_full', 'hidden_profile', 'partial', 'machine',
    'replanned', 'given_back', 'resource_down', 'quality_hold', 'not_ready', 'stopped', 'lapsed', 'walked_up'));

-- What a tool was used for is found.
create index assignment_tool on assignment (tool, tool_version) where tool is not null;
