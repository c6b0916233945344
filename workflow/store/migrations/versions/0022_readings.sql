-- Who read personal data unmasked, why; and what was erased, when, under which rule. Both append-only.
create table if not exists readings (
    case_id    bigint not null references cases,
    n          integer not null check (n >= 1),
    person_id  text not null references people,
    fields     text[] not null check (cardinality(fields) between 1 and 50),
    reason     text not null check (length(reason) between 5 and 400),
    at         timestamptz not null,
    prev_hash  text not null check (prev_hash ~ '^[0-9a-f]{64}$'),
    hash       text not null unique check (hash ~ '^[0-9a-f]{64}$'),
    id         bigint generated always as identity unique,
    primary key (case_id, n)
);
create table if not exists erasures (
    case_id    bigint primary key references cases,
    by_id      text not null check (length(by_id) between 1 and 100),
    rule       text not null check (length(rule) between 1 and 400),
    files      integer not null check (files >= 0),
    at         timestamptz not null
);
do $$
declare kept text;
begin
    foreach kept in array array['readings', 'erasures'] loop
        execute format('drop trigger if exists %I on %I', kept || '_append_only', kept);
        execute format('drop trigger if exists %I on %I', kept || '_no_truncate', kept);
        execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()',
                       kept || '_append_only', kept);
        execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
                       kept || '_no_truncate', kept);
        execute format('alter table %I enable always trigger %I', kept, kept || '_append_only');
        execute format('alter table %I enable always trigger %I', kept, kept || '_no_truncate');
    end loop;
end $$;
