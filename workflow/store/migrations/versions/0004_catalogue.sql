-- Items of the national list; the manuals stay files. item_code in lists and cancellations may name either.

-- One row: whoever changes the catalogue takes it first, so changes follow one another and readers see the number move.
create table catalogue_state (
    one     boolean primary key default true check (one),
    version bigint not null check (version >= 0)
);
insert into catalogue_state (version) values (0);

create table catalogue_changes (
    id        bigint generated always as identity primary key,
    version   bigint not null check (version >= 1),
    at        timestamptz not null,
    by_id     text not null check (length(by_id) between 1 and 100),
    by_name   text not null check (length(by_name) between 1 and 100),
    kind      text not null check (kind in ('import', 'item-added', 'item-handed-down', 'item-adjusted', 'item-cancelled',
                                            'item-restored', 'list-created', 'entry-added', 'entry-ended')),
    item_code text check (length(item_code) between 1 and 50),
    list_id   text,
    basis     text not null check (length(basis) between 1 and 1000),
    body      jsonb not null default '{}',
    check (item_code is not null or kind in ('import', 'list-created')),
    check (list_id is not null or kind not in ('list-created', 'entry-added', 'entry-ended'))
);
create index catalogue_changes_item on catalogue_changes (item_code, id desc);

create table service_items (
    code            text primary key check (code ~ '^[0-9A-Za-z_-]{1,50}$'),
    name            text not null check (length(name) between 1 and 300),
    initials        text not null,
    department      text not null check (length(department) between 1 and 200),
    kind            text not null,
    process         text not null,
    project_type    text not null,
    attributes      text[] not null,
    applicant_types text[] not null,
    catalog_code    text not null check (catalog_code ~ '^[0-9A-Za-z_-]{1,12}$'),
    task_code       text not null check (task_code ~ '^[0-9A-Za-z_-]{1,36}$'),
    local_code      text not null check (length(local_code) <= 50),
    result          text not null,
    state           text not null check (state in ('in-use', 'suspended', 'cancelled')),
    effective_from  date,
    cancelled_from  date,
    version         integer not null check (version >= 1),
    digest          text not null check (digest ~ '^[0-9a-f]{64}$'),
    check (state <> 'cancelled' or cancelled_from is not null)
);

create table service_item_versions (
    code        text not null references service_items,
    version     integer not null check (version >= 1),
    digest      text not null check (digest ~ '^[0-9a-f]{64}$'),
    body        jsonb not null,
    change_id   bigint not null references catalogue_changes,
    recorded_at timestamptz not null,
    primary key (code, version)
);

-- The office's own word that an item takes no new case from a day on; null: it does again.
create table item_cancellations (
    item_code      text primary key,
    cancelled_from date,
    change_id      bigint not null references catalogue_changes
);

create table item_lists (
    id         text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    name       text not null unique check (length(name) between 1 and 100),
    note       text not null default '' check (length(note) <= 1000),
    basis      text not null check (length(basis) between 1 and 1000),
    created_at timestamptz not null,
    created_by text not null
);

create table item_list_entries (
    id          bigint generated always as identity primary key,
    list_id     text not null references item_lists,
    item_code   text not null check (length(item_code) between 1 and 50),
    item_name   text not null,
    valid_from  date not null,
    valid_until date check (valid_until >= valid_from),
    basis       text not null check (length(basis) between 1 and 1000),
    added_by    text not null,
    added_at    timestamptz not null,
    ended_by    text,
    ended_at    timestamptz,
    end_basis   text check (length(end_basis) between 1 and 1000),
    check ((valid_until is null) = (ended_by is null) and (ended_by is null) = (ended_at is null)
           and (ended_by is null) = (end_basis is null))
);
create unique index item_list_entries_open on item_list_entries (list_id, item_code) where valid_until is null;
create index item_list_entries_list on item_list_entries (list_id, id);

create trigger catalogue_changes_append_only before update or delete on catalogue_changes
    for each row execute function refuse_change();
create trigger catalogue_changes_no_truncate before truncate on catalogue_changes
    for each statement execute function refuse_change();
create trigger service_item_versions_append_only before update or delete on service_item_versions
    for each row execute function refuse_change();
create trigger service_item_versions_no_truncate before truncate on service_item_versions
    for each statement execute function refuse_change();
create trigger item_list_entries_no_delete before delete on item_list_entries
    for each row execute function refuse_change();
alter table catalogue_changes enable always trigger catalogue_changes_append_only;
alter table catalogue_changes enable always trigger catalogue_changes_no_truncate;
alter table service_item_versions enable always trigger service_item_versions_append_only;
alter table service_item_versions enable always trigger service_item_versions_no_truncate;
alter table item_list_entries enable always trigger item_list_entries_no_delete;

-- The lists of the five attributes, empty until the office puts items on them; it may make any other list.
insert into item_lists (id, name, note, basis, created_at, created_by) values
    ('on-the-spot', '马上办事项清单', '当场或者当日办结的事项', '按办理属性设立', now(), 'release'),
    ('online', '网上办事项清单', '可以全程网上办理的事项', '按办理属性设立', now(), 'release'),
    ('nearby', '就近办事项清单', '可以在就近的服务点办理的事项', '按办理属性设立', now(), 'release'),
    ('once', '一次办事项清单', '最多到现场一次的事项', '按办理属性设立', now(), 'release'),
    ('self-service', '自助办事项清单', '可以在自助终端办理的事项', '按办理属性设立', now(), 'release');
