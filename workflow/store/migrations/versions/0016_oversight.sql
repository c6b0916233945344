-- What supervisors read. Nothing here is a second truth: every row follows from events and can be thrown away and made
-- again, but for what people said of an alert, an assessment or a talk.

-- Events arrive in the order of time: a few pages of this find the latest ones, and writing them costs nothing.
create index events_at on events using brin (at);

create table case_measures (
    case_id        bigint primary key references cases,
    version        integer not null check (version >= 1),
    head           text not null check (head ~ '^[0-9a-f]{64}$'),
    looked_on      date not null,
    kind           text not null,
    service        text not null,
    item_code      text not null,
    process        text not null,
    department     text not null,
    applicant      text not null default '',
    operation      text not null default '',
    is_open        boolean not null,
    received_on    date,
    accepted_on    date,
    is_deemed      boolean not null default false,
    decided_on     date,
    outcome        text check (outcome in ('granted', 'refused')),
    decided_by     text not null default '',
    ended_on       date,
    ended_as       text not null default '',
    published_on   date,
    is_disclosed   boolean,
    statutory_due  date,
    promised_due   date,
    in_law         boolean,
    as_promised    boolean,
    working_days   integer check (working_days >= 0),
    office_days    integer not null default 0 check (office_days >= 0),
    applicant_days integer not null default 0 check (applicant_days >= 0),
    paused_days    integer not null default 0 check (paused_days >= 0),
    paused         jsonb not null default '{}',
    corrections    integer not null default 0 check (corrections >= 0),
    hearings       integer not null default 0 check (hearings >= 0),
    is_extended    boolean not null default false,
    check ((decided_on is null) = (outcome is null)),
    check (in_law is null or (in_law = (decided_on <= statutory_due))),
    check (as_promised is null or (as_promised = (decided_on <= promised_due)))
);
create index case_measures_received on case_measures (received_on);
create index case_measures_accepted on case_measures (accepted_on);
create index case_measures_decided on case_measures (decided_on);
create index case_measures_ended on case_measures (ended_on);
create index case_measures_published on case_measures (published_on);
create index case_measures_refiled on case_measures (applicant, item_code);
create index case_measures_open on case_measures (looked_on) where is_open;

create table case_steps (
    case_id      bigint not null references case_measures on delete cascade,
    seq          integer not null,
    state        text not null,
    post         text not null,
    person       text not null,
    entered_on   date not null,
    left_on      date not null check (left_on >= entered_on),
    working_days integer not null check (working_days >= 0),
    primary key (case_id, seq)
);
create index case_steps_left on case_steps (left_on);

-- Sums of the two above, day by day and month by month; what they are sums of stands in workflow/oversight/figures.py.
create table rollups (
    grain      text not null check (grain in ('day', 'month')),
    starts_on  date not null,
    figure     text not null,
    item_code  text not null,
    department text not null,
    process    text not null,
    person     text not null,
    post       text not null,
    step       text not null,
    detail     integer not null,
    n          bigint not null,
    primary key (grain, starts_on, figure, item_code, department, process, person, post, step, detail)
);
create table rollup_days (day date primary key);  -- days whose sums have to be made anew
create table oversight_marks (name text primary key, at timestamptz not null);

create table alerts (
    id         bigint generated always as identity primary key,
    key        text not null unique,
    code       text not null,
    name       text not null,
    level      text not null check (level in ('yellow', 'red')),
    case_id    bigint references cases,
    department text not null,
    person     text not null default '',
    shown_on   date not null,
    text       text not null check (length(text) between 1 and 1000),
    law        text not null,
    verified   boolean not null,
    evidence   jsonb not null check (jsonb_typeof(evidence) = 'array' and jsonb_array_length(evidence) >= 1),
    status     text not null default 'open' check (status in ('open', 'explained', 'upheld', 'lifted')),
    raised_at  timestamptz not null
);
create index alerts_case on alerts (case_id);
create index alerts_status on alerts (status, id desc);
create index alerts_shown on alerts (shown_on);
create trigger alerts_only_status before update on alerts for each row
    when ((to_jsonb(old) - 'status') is distinct from (to_jsonb(new) - 'status')) execute function refuse_change();
create trigger alerts_no_delete before delete on alerts for each row execute function refuse_change();
alter table alerts enable always trigger alerts_only_status;
alter table alerts enable always trigger alerts_no_delete;

create table alert_steps (
    id       bigint generated always as identity primary key,
    alert_id bigint not null references alerts,
    kind     text not null check (kind in ('raised', 'explained', 'urged', 'upheld', 'lifted')),
    at       timestamptz not null,
    by_id    text not null,
    text     text not null check (length(text) between 1 and 2000),
    answer_by date,
    check (answer_by is null or kind = 'urged')
);
create index alert_steps_alert on alert_steps (alert_id, id);
create unique index alert_steps_once on alert_steps (alert_id, kind) where kind in ('raised', 'upheld', 'lifted');
create trigger alert_steps_append_only before update or delete on alert_steps
    for each row execute function refuse_change();
alter table alert_steps enable always trigger alert_steps_append_only;

-- One result a month and kind; counted again only as a further version, so that what was announced stays.
create table assessments (
    id       bigint generated always as identity primary key,
    month    date not null check (extract(day from month) = 1),
    kind     text not null check (kind in ('department', 'person')),
    version  integer not null check (version >= 1),
    weights  text not null check (weights ~ '^[0-9a-f]{64}$'),
    body     jsonb not null,
    made_at  timestamptz not null,
    made_by  text not null,
    unique (month, kind, version)
);
create trigger assessments_append_only before update or delete on assessments
    for each row execute function refuse_change();
alter table assessments enable always trigger assessments_append_only;

create table talks (
    id            bigint generated always as identity primary key,
    assessment_id bigint not null references assessments,
    subject       text not null,
    held_on       date not null,
    held_by       text not null,
    present       text not null check (length(present) between 1 and 400),
    issues        text not null check (length(issues) between 1 and 2000),
    improve_by    date not null check (improve_by >= held_on),
    follows       bigint references talks,
    written_at    timestamptz not null
);
create trigger talks_append_only before update or delete on talks for each row execute function refuse_change();
alter table talks enable always trigger talks_append_only;

-- Years before this office: what was issued then, as its own papers say. Never made by the engine, never counted as such.
create table historical_records (
    id         bigint generated always as identity primary key,
    kind       text not null check (kind in ('licence', 'filing', 'renewal', 'change', 'refusal', 'revocation', 'cancellation')),
    item_code  text not null default '',
    item_name  text not null check (length(item_name) between 1 and 300),
    permit_no  text not null check (length(permit_no) between 1 and 100),
    holder     text not null default '' check (length(holder) <= 200),
    issued_on  date not null,
    department text not null default '',
    source     text not null check (length(source) between 1 and 300),
    file_sha   text not null check (file_sha ~ '^[0-9a-f]{64}$'),
    line       integer not null check (line >= 1),
    loaded_by  text not null,
    loaded_at  timestamptz not null,
    unique (kind, item_name, permit_no)
);
create index historical_records_issued on historical_records (issued_on);
create trigger historical_records_append_only before update or delete on historical_records
    for each row execute function refuse_change();
alter table historical_records enable always trigger historical_records_append_only;
