-- Columns hold what queries need; the truth of a case is its events. Times are timestamptz, dates Asia/Shanghai.

create table people (
    id            text primary key check (id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    name          text not null check (length(name) between 1 and 100),
    kind          text not null check (kind in ('applicant', 'staff')),
    password_hash text,
    active        boolean not null default true,
    token_epoch   integer not null default 0,
    created_at    timestamptz not null default now()
);

create table person_posts (
    person_id   text not null references people,
    department  text not null,
    post        text not null,
    valid_from  date not null default date '2000-01-01',
    valid_until date check (valid_until >= valid_from),
    primary key (person_id, department, post)
);

create table terms (
    digest     text primary key check (digest ~ '^[0-9a-f]{64}$'),
    body       jsonb not null,
    created_at timestamptz not null default now()
);

create table process_versions (
    digest     text primary key check (digest ~ '^[0-9a-f]{64}$'),
    slug       text not null,
    version    text not null,
    body       text not null,
    created_at timestamptz not null default now()
);

create sequence case_numbers;

create table cases (
    id             bigint generated always as identity primary key,
    case_no        text not null unique,
    item_code      text not null,
    item_name      text not null,
    process        text not null,
    process_digest text not null references process_versions,
    definition_version text not null,
    terms_digest   text not null references terms,
    department     text not null,
    owner          text references people,
    applicant      jsonb not null,
    form           jsonb not null,
    state          text not null,
    phase          text not null check (phase in ('draft', 'intake', 'review', 'delivery', 'ended')),
    version        integer not null check (version >= 1),
    head           text not null check (head ~ '^[0-9a-f]{64}$'),
    snapshot       jsonb not null,
    received_at    timestamptz,
    accepted_on    date,
    decided_on     date,
    outcome        text check (outcome in ('granted', 'refused')),
    statutory_due  date,
    promised_due   date,
    alert          text not null default '' check (alert in ('', 'yellow', 'red')),
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    check ((outcome is null) = (decided_on is null)),
    check (decided_on is null or accepted_on is null or decided_on >= accepted_on)
);
create index cases_owner on cases (owner, id desc);
create index cases_department on cases (department, id desc);
create index cases_open on cases (state, id) where phase <> 'ended';

create table events (
    case_id  bigint not null references cases,
    seq      integer not null check (seq >= 1),
    type     text not null,
    at       timestamptz not null,
    actor_id text not null,
    hash     text not null unique check (hash ~ '^[0-9a-f]{64}$'),
    body     jsonb not null,
    primary key (case_id, seq),
    check ((body ->> 'seq')::integer = seq and body ->> 'hash' = hash and body ->> 'type' = type)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger events_append_only before update or delete on events
    for each row execute function refuse_change();
create trigger events_no_truncate before truncate on events
    for each statement execute function refuse_change();
alter table events enable always trigger events_append_only;
alter table events enable always trigger events_no_truncate;

-- One decision a round, whatever the code does.
create table decisions (
    case_id     bigint not null references cases,
    round       integer not null default 1 check (round >= 1),
    outcome     text not null check (outcome in ('granted', 'refused')),
    seq         integer not null,
    document_no text not null unique,
    decided_on  date not null,
    primary key (case_id, round),
    foreign key (case_id, seq) references events
);

create table tasks (
    id         bigint generated always as identity primary key,
    case_id    bigint not null references cases,
    opened_seq integer not null,
    state      text not null,
    department text not null,
    post       text not null,
    title      text not null,
    assignee   text references people,
    due_on     date not null default '9999-12-31',
    opened_at  timestamptz not null,
    claimed_at timestamptz,
    closed_at  timestamptz,
    closed_seq integer,
    unique (case_id, opened_seq),
    check ((assignee is null) or (claimed_at is not null)),
    check ((closed_at is null) = (closed_seq is null))
);
create unique index tasks_one_open on tasks (case_id) where closed_at is null;
create index tasks_available on tasks (department, post, due_on, id) where closed_at is null and assignee is null;
create index tasks_mine on tasks (assignee, due_on, id) where closed_at is null;
create index tasks_department on tasks (department, due_on, id) where closed_at is null;

-- When the clocks of a case may act by themselves: an index for sweepers, recomputed, never believed.
create table due_dates (
    case_id       bigint primary key references cases,
    generation    integer not null,
    next_due_on   date,
    wake_at       timestamptz not null,
    attempts      integer not null default 0,
    quarantined_at timestamptz,
    error         text
);
create index due_dates_wake on due_dates (wake_at) where quarantined_at is null;

create table number_counters (
    department text not null,
    year       integer not null,
    word       text not null,
    last       integer not null check (last >= 1),
    primary key (department, year, word)
);

create table documents (
    id         bigint generated always as identity primary key,
    case_id    bigint not null references cases,
    seq        integer not null,
    title      text not null,
    no         text not null unique,
    issued_at  timestamptz not null,
    content    jsonb,
    sha256     text check (sha256 ~ '^[0-9a-f]{64}$'),
    ready_at   timestamptz,
    unique (case_id, seq, title),
    foreign key (case_id, seq) references events,
    check ((content is null) = (sha256 is null) and (content is null) = (ready_at is null))
);
create index documents_case on documents (case_id, id);

create table permits (
    id          bigint generated always as identity primary key,
    permit_no   text not null unique,
    case_id     bigint not null unique references cases,
    item_code   text not null,
    item_name   text not null,
    certificate text not null,
    holder      text not null,
    holder_id_no text not null,
    owner       text references people,
    department  text not null,
    content     text not null default '',
    issued_on   date not null,
    valid_from  date not null,
    valid_until date check (valid_until >= valid_from),
    status      text not null default 'valid'
                check (status in ('valid', 'suspended', 'revoked', 'withdrawn', 'expired', 'cancelled')),
    decision_no text not null
);
create index permits_item on permits (item_code, issued_on, id);
create index permits_owner on permits (owner, id);

create table materials (
    id         bigint generated always as identity primary key,
    case_id    bigint not null references cases,
    seq        integer not null,
    code       text not null,
    name       text not null,
    file_name  text not null,
    media_type text not null,
    size       bigint not null check (size > 0),
    sha256     text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    supplied_by text not null,
    supplied_at timestamptz not null,
    unique (case_id, seq),
    foreign key (case_id, seq) references events
);

create table outbox (
    id           bigint generated always as identity primary key,
    topic        text not null,
    case_id      bigint not null references cases,
    seq          integer not null,
    body         jsonb not null,
    created_at   timestamptz not null,
    next_try_at  timestamptz not null,
    attempts     integer not null default 0,
    done_at      timestamptz,
    quarantined_at timestamptz,
    error        text
);
create index outbox_due on outbox (next_try_at, id) where done_at is null and quarantined_at is null;

create table messages (
    id         bigint generated always as identity primary key,
    outbox_id  bigint not null references outbox,
    case_id    bigint not null references cases,
    recipient  text not null,
    text       text not null,
    created_at timestamptz not null,
    unique (outbox_id, recipient)
);
create index messages_recipient on messages (recipient, id desc);

create table idempotency (
    person_id  text not null,
    key        text not null check (length(key) between 1 and 200),
    body_hash  text not null,
    answer     jsonb not null,
    created_at timestamptz not null,
    primary key (person_id, key)
);

-- Notices of the State Council, each kept as it was loaded; the latest per year is in force.
create table calendar_versions (
    id           bigint generated always as identity primary key,
    year         integer not null check (year between 1990 and 2200),
    source       text not null,
    published_on date,
    loaded_at    timestamptz not null default now(),
    loaded_by    text not null,
    digest       text not null,
    body         jsonb not null,
    unique (year, digest)
);

