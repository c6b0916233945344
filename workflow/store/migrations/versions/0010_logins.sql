alter table sessions add column kind text not null default 'page' check (kind in ('page', 'program'));
alter table sessions drop constraint sessions_ended_why_check;
alter table sessions add constraint sessions_ended_why_check
    check (ended_why in ('log-out', 'renewed', 'password', 'deactivated', 'revoked', 'reused'));

-- Each refresh token is used once; one that comes a second time ends the session. digest: SHA-256 of the token.
create table refresh_tokens (
    digest    text primary key check (digest ~ '^[0-9a-f]{64}$'),
    session   text not null references sessions on delete cascade,
    issued_at timestamptz not null,
    used_at   timestamptz check (used_at >= issued_at)
);
create unique index refresh_tokens_one_unused on refresh_tokens (session) where used_at is null;

-- Wrong logins, counted here while the broker is away. key: a keyed hash of a name or a place.
create table login_attempts (
    key     text primary key check (length(key) between 1 and 100),
    count   integer not null check (count >= 0),
    last_at timestamptz not null
);

-- Where somebody has logged in before. place: a keyed hash of an address or of a device's cookie.
create table login_places (
    person_id text not null references people,
    place     text not null check (place ~ '^[0-9a-f]{32}$'),
    last_at   timestamptz not null,
    primary key (person_id, place)
);

-- What happened to accounts. No names, no addresses: person_id only where the account exists, place as a keyed hash.
create table security_log (
    id        bigint generated always as identity primary key,
    at        timestamptz not null,
    event     text not null check (event ~ '^[A-Z][A-Z_]{2,39}$'),
    person_id text references people,
    by_person text references people,
    place     text check (place ~ '^[0-9a-f]{32}$')
);
create index security_log_person on security_log (person_id, id desc);
create trigger security_log_append_only before update or delete on security_log
    for each row execute function refuse_change();
create trigger security_log_no_truncate before truncate on security_log
    for each statement execute function refuse_change();
alter table security_log enable always trigger security_log_append_only;
alter table security_log enable always trigger security_log_no_truncate;
