-- One row per decision that was published. `row` holds exactly the whitelisted columns, masked; problems says why not.
create table disclosures (
    id           bigint generated always as identity primary key,
    case_id      bigint not null unique references cases,
    seq          integer not null,
    outcome      text not null check (outcome in ('granted', 'refused')),
    item_code    text not null,
    item_name    text not null,
    department   text not null,
    decided_on   date not null,
    row          jsonb not null,
    problems     text[] not null default '{}',
    state        text not null check (state in ('public', 'held', 'withdrawn')),
    published_at timestamptz not null,
    changed_at   timestamptz not null,
    foreign key (case_id, seq) references events,
    constraint disclosure_public_is_sound check (state <> 'public' or cardinality(problems) = 0),
    constraint disclosure_holds_no_secret check (not row ?| array['XK_XDR_ZJLX', 'XK_XDR_ZJHM', 'XK_FR_ZJLX', 'XK_FR_ZJHM'])
);
create index disclosures_public on disclosures (id desc) where state = 'public';

-- Orders to withdraw or show again: who, when, why. The state of the disclosure follows the last one.
create table disclosure_orders (
    id            bigint generated always as identity primary key,
    disclosure_id bigint not null references disclosures,
    what          text not null check (what in ('withdraw', 'restore')),
    reason        text not null check (length(reason) between 2 and 1000),
    ordered_by    text not null,
    ordered_at    timestamptz not null
);
create index disclosure_orders_of on disclosure_orders (disclosure_id, id);
create trigger disclosure_orders_append_only before update or delete on disclosure_orders
    for each row execute function refuse_change();
create trigger disclosure_orders_no_truncate before truncate on disclosure_orders
    for each statement execute function refuse_change();
alter table disclosure_orders enable always trigger disclosure_orders_append_only;
alter table disclosure_orders enable always trigger disclosure_orders_no_truncate;

-- Calls to other systems. body is frozen when the call is written; id goes out with every try.
create table webhook_calls (
    id             text primary key check (id ~ '^[0-9]+-[a-z][a-z0-9-]*$'),
    outbox_id      bigint not null references outbox,
    case_id        bigint not null references cases,
    endpoint       text not null check (endpoint ~ '^[a-z][a-z0-9-]{0,39}$'),
    subject        text not null,
    topic          text not null,
    body           text not null,
    state          text not null default 'waiting' check (state in ('waiting', 'sent', 'quarantined')),
    attempts       integer not null default 0 check (attempts >= 0),
    created_at     timestamptz not null,
    next_try_at    timestamptz not null,
    sent_at        timestamptz,
    quarantined_at timestamptz,
    unique (outbox_id, endpoint),
    check ((state = 'quarantined') = (quarantined_at is not null))
);
create index webhook_calls_due on webhook_calls (next_try_at, outbox_id) where state = 'waiting';
create index webhook_calls_order on webhook_calls (endpoint, subject, outbox_id) where state <> 'sent';
create table webhook_tries (
    id      bigint generated always as identity primary key,
    call_id text not null references webhook_calls,
    at      timestamptz not null,
    status  integer not null,
    error   text not null default ''
);
create index webhook_tries_call on webhook_tries (call_id, id);
