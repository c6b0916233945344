-- A notice is evidence: who loaded it, when, from which paper, and from which moment it was in force.
alter table calendar_versions
    add column doc_no text,
    add column in_force_from timestamptz;
-- A correction may be taken back: the days of an earlier version may come again.
alter table calendar_versions drop constraint calendar_versions_year_digest_key;
create index calendar_versions_year on calendar_versions (year, id desc);
create trigger calendar_versions_append_only before update or delete on calendar_versions
    for each row execute function refuse_change();
create trigger calendar_versions_no_truncate before truncate on calendar_versions
    for each statement execute function refuse_change();
alter table calendar_versions enable always trigger calendar_versions_append_only;
alter table calendar_versions enable always trigger calendar_versions_no_truncate;

-- The newest calendar version whose consequences this case has been told. The default is a constant, so that a
-- large table is not rewritten: dates stored until now were computed under the versions loaded until now.
do $$
begin
    execute format('alter table cases add column calendar_version bigint not null default %s',
                   (select coalesce(max(id), 0) from calendar_versions));
end $$;
alter table cases alter column calendar_version set default 0;
create index cases_calendar on cases (calendar_version, id) where phase <> 'ended' and kind <> 'permit';  -- a permit's last day never moves

-- Before and after, one row a clock; seq cites the event that told the case (null: the clock had ended, nothing moved).
create table calendar_changes (
    version_id      bigint not null references calendar_versions,
    case_id         bigint not null references cases,
    clock           text not null,
    was_due         date not null,
    was_provisional boolean not null,
    due             date not null,
    provisional     boolean not null,
    note            text not null default '',
    seq             integer,
    primary key (version_id, case_id, clock),
    foreign key (case_id, seq) references events
);

-- Cases whose clocks could not be counted anew: kept for people, tried again with the next notice or on request.
create table calendar_failures (
    case_id    bigint primary key references cases,
    version_id bigint not null references calendar_versions,
    error      text not null,
    at         timestamptz not null
);
