-- One human may have several accounts; whoever compares people compares human_of. The log says who said so and why.
alter table people add column if not exists human_id text references people check (human_id <> id);
create index if not exists people_human on people (human_id) where human_id is not null;

create table if not exists person_links (
    id        bigint generated always as identity primary key,
    person_id text not null references people,
    human_id  text not null references people,
    at        timestamptz not null,
    by        text not null check (length(by) between 1 and 100),
    because   text not null check (length(because) between 1 and 400)
);
create or replace trigger person_links_append_only before update or delete on person_links
    for each row execute function refuse_change();
create or replace trigger person_links_no_truncate before truncate on person_links
    for each statement execute function refuse_change();
alter table person_links enable always trigger person_links_append_only;
alter table person_links enable always trigger person_links_no_truncate;

-- Who should stay away from which case, as the events of the case tell it; an upheld row shuts the case to the person.
create table if not exists recusals (
    id            bigint generated always as identity primary key,
    case_id       bigint not null references cases,
    person_id     text not null references people,
    ground        text not null check (ground in ('interest', 'kin', 'unit', 'other')),
    requested_by  text not null,
    requested_seq integer not null,
    status        text not null default 'open' check (status in ('open', 'upheld', 'rejected')),
    decided_by    text check (decided_by <> person_id),
    decided_seq   integer check (decided_seq > requested_seq),
    check ((status = 'open') = (decided_seq is null) and (decided_seq is null) = (decided_by is null)),
    foreign key (case_id, requested_seq) references events,
    foreign key (case_id, decided_seq) references events
);
create unique index if not exists recusals_one_open on recusals (case_id, person_id) where status = 'open';
create index if not exists recusals_upheld on recusals (case_id) where status = 'upheld';

-- Work done in another's place, and until when. Both or neither.
alter table tasks add column if not exists delegated_by text references people;
alter table tasks add column if not exists delegated_until date;
do $$ begin
    alter table tasks add constraint tasks_delegated check ((delegated_by is null) = (delegated_until is null));
exception when duplicate_object then null;
end $$;

-- The code of an expert's unit, where it is known: names alone are written in many ways.
alter table experts add column if not exists unit_code text not null default '';
