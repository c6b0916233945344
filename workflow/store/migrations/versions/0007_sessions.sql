-- Somebody at a browser. digest: SHA-256 of what the cookie holds. factor_at: when a second factor was last given.
create table sessions (
    digest      text primary key check (digest ~ '^[0-9a-f]{64}$'),
    person_id   text not null references people,
    token_epoch integer not null,
    begun_at    timestamptz not null,
    seen_at     timestamptz not null,
    factor_at   timestamptz,
    ended_at    timestamptz,
    ended_why   text check (ended_why in ('log-out', 'renewed', 'password', 'deactivated', 'revoked')),
    check (seen_at >= begun_at),
    check ((ended_at is null) = (ended_why is null))
);
create index sessions_person on sessions (person_id) where ended_at is null;
create index sessions_old on sessions (seen_at);
