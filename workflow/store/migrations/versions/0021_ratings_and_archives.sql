-- One invitation per service. Only the hash of the token is kept.
create table rating_invitations (
    case_id    bigint primary key references cases,
    token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
    invited_at timestamptz not null
);

-- GB/T 39046 A.8: 1 非常满意, 2 满意, 3 基本满意, 4 不满意, 5 非常不满意.
create table ratings (
    id           bigint generated always as identity primary key,
    case_id      bigint not null unique references rating_invitations,
    level        smallint not null check (level between 1 and 5),
    comment      text not null default '' check (length(comment) <= 1000),
    is_anonymous boolean not null,
    department   text not null,
    item_code    text not null,
    item_name    text not null,
    handlers     text[] not null,
    rated_at     timestamptz not null
);
create index ratings_when on ratings (rated_at);

-- What follows a bad rating. due_on: by when it is closed (policy; no public rule names the days).
create table rating_cases (
    id         bigint generated always as identity primary key,
    rating_id  bigint not null unique references ratings,
    state      text not null check (state in ('open', 'called-back', 'answered', 'rectified', 'closed', 'appealed', 'void')),
    before_appeal text not null default '',
    due_on     date not null,
    opened_at  timestamptz not null,
    ended_at   timestamptz,
    late_told_at timestamptz,
    check ((state in ('closed', 'void')) = (ended_at is not null)),
    check ((state = 'appealed') = (before_appeal <> ''))
);
create index rating_cases_open on rating_cases (due_on, id) where ended_at is null;
create table rating_steps (
    id             bigint generated always as identity primary key,
    rating_case_id bigint not null references rating_cases,
    step           text not null check (step in ('call-back', 'answer', 'rectify', 'close', 'appeal', 'uphold', 'dismiss')),
    note           text not null check (length(note) between 2 and 2000),
    taken_by       text not null,
    taken_at       timestamptz not null
);
create index rating_steps_of on rating_steps (rating_case_id, id);
create trigger rating_steps_append_only before update or delete on rating_steps
    for each row execute function refuse_change();
create trigger rating_steps_no_truncate before truncate on rating_steps
    for each statement execute function refuse_change();
alter table rating_steps enable always trigger rating_steps_append_only;
alter table rating_steps enable always trigger rating_steps_no_truncate;

-- The package of an ended case. keep_until null: for ever. Nothing goes before its time, whoever asks.
create table archives (
    case_id    bigint primary key references cases,
    seq        integer not null,
    sha256     text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    size       bigint not null check (size > 0),
    missing    text[] not null default '{}',
    period     text not null,
    keep_until date,
    made_at    timestamptz not null,
    foreign key (case_id, seq) references events
);
create function refuse_early_erasure() returns trigger language plpgsql as $$
begin
    if old.keep_until is null or old.keep_until >= (now() at time zone 'Asia/Shanghai')::date then
        raise exception 'the archive of case % is kept until %: % refused', old.case_id, coalesce(old.keep_until::text, 'ever'), tg_op
            using errcode = 'insufficient_privilege';
    end if;
    return old;
end $$;
create trigger archives_kept before delete on archives for each row execute function refuse_early_erasure();
create trigger archives_no_truncate before truncate on archives for each statement execute function refuse_change();
alter table archives enable always trigger archives_kept;
alter table archives enable always trigger archives_no_truncate;
