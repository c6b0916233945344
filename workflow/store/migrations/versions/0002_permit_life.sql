-- kind: what the row is the chain of. procedure: an application; branch: part of a joint one; office: begun by the
-- office itself; permit: the life of a permit.
alter table cases drop constraint cases_phase_check;
alter table cases
    add constraint cases_phase_check check (phase in ('draft', 'intake', 'review', 'delivery', 'after', 'ended')),
    add kind      text not null default 'procedure' check (kind in ('procedure', 'branch', 'office', 'permit')),
    add parent_id bigint references cases,
    add branch    text,
    add permit_id bigint references permits,
    add operation text,
    add constraint cases_branch_has_parent check ((parent_id is null) = (branch is null)),
    add constraint cases_operation_has_permit check ((permit_id is null) = (operation is null));
create unique index cases_one_per_branch on cases (parent_id, branch);
-- One open application or proceeding of a kind on a permit at a time.
create unique index cases_one_per_operation on cases (permit_id, operation) where phase in ('intake', 'review');
create index cases_permit on cases (permit_id, id) where permit_id is not null;

-- members: a task of several people at once, and of nobody else.
alter table tasks add members text[] check (cardinality(members) > 0);
create index tasks_members on tasks using gin (members) where closed_at is null and members is not null;

alter table permits
    drop constraint permits_status_check,
    add constraint permits_status_check
        check (status in ('valid', 'suspended', 'revoked', 'withdrawn', 'forfeited', 'expired', 'cancelled')),
    add life_id bigint unique references cases;

create table experts (
    person_id    text primary key references people,
    unit         text not null default '',
    specialities text[] not null default '{}',
    active       boolean not null default true
);

-- What other agencies' data say of somebody. A register that is not here, or too old, says nothing.
create table registers (
    id       text primary key check (id ~ '^[a-z][a-z-]{0,39}$'),
    as_of    timestamptz not null,
    good_for interval not null default interval '7 days',
    source   text not null
);
create table register_entries (
    register    text not null references registers on delete cascade,
    id_no       text not null,
    valid_from  date not null default date '1900-01-01',
    valid_until date check (valid_until >= valid_from),
    note        text not null default '',
    primary key (register, id_no, valid_from)
);

-- 许可法78, 79: nobody applies again for a matter of public safety before this day is over.
create table bans (
    id        bigint generated always as identity primary key,
    id_no     text not null,
    item_code text not null,
    starts_on date not null,
    until     date not null check (until >= starts_on),
    law       text not null,
    case_id   bigint not null references cases,
    seq       integer not null,
    unique (case_id, seq),
    foreign key (case_id, seq) references events
);
create index bans_person on bans (id_no, item_code, until);

-- Numbers belong to the organ whose word they begin with, so that two departments can never give out the same one.
alter table number_counters rename column department to organ;
update number_counters set organ = '津开审';
