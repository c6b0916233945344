-- kind: legal notices cannot be opted out of; courtesies and reminders can, per channel.
alter table messages
    add action  text not null default '',
    add title   text not null default '',
    add kind    text not null default 'courtesy' check (kind in ('legal', 'courtesy', 'reminder')),
    add due_on  date,
    add read_at timestamptz,
    add constraint messages_read_after_written check (read_at >= created_at);
create index messages_unread on messages (recipient) where read_at is null;

-- One row per message and channel. Its id goes out with every try, so that the receiving side can tell a repetition.
create table message_deliveries (
    id             text primary key check (id ~ '^[0-9]+-[a-z0-9._-]+-[a-z]+$'),
    message_id     bigint not null references messages,
    channel        text not null check (channel in ('email', 'sms', 'wechat')),
    state          text not null default 'waiting'
                   check (state in ('waiting', 'sent', 'no-address', 'opted-out', 'quarantined')),
    attempts       integer not null default 0 check (attempts >= 0),
    created_at     timestamptz not null,
    next_try_at    timestamptz not null,
    sent_at        timestamptz,
    quarantined_at timestamptz,
    error          text,
    unique (message_id, channel),
    check ((state = 'sent') = (sent_at is not null)),
    check ((state = 'quarantined') = (quarantined_at is not null))
);
create index message_deliveries_due on message_deliveries (next_try_at, id) where state = 'waiting';

-- Where a person wants to be reached. The address is sealed (workflow/store/personal.py) for "contacts.address/PERSON/CHANNEL".
create table contacts (
    id         bigint generated always as identity unique,
    person_id  text not null references people,
    channel    text not null check (channel in ('email', 'sms', 'wechat')),
    address    text not null check (length(address) between 1 and 2000),
    updated_at timestamptz not null,
    primary key (person_id, channel)
);
create table message_choices (
    person_id  text not null references people,
    channel    text not null check (channel in ('email', 'sms', 'wechat')),
    wanted     boolean not null,
    updated_at timestamptz not null,
    primary key (person_id, channel)
);

-- When to remind a party of a period of its own: where to look, never believed; the clocks are read again.
create table reminders (
    case_id   bigint not null references cases,
    clock     text not null,
    due_on    date not null,
    remind_on date not null check (remind_on <= due_on),
    told_at   timestamptz,
    primary key (case_id, clock)
);
create index reminders_due on reminders (remind_on, case_id) where told_at is null;
