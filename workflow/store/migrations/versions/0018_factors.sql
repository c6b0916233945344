-- The second factor of a person: a sealed secret, good from confirmed_at on. last_step: a code is taken once.
create table factors (
    person_id    text primary key references people,
    secret       text not null check (secret like 'enc:%'),
    made_at      timestamptz not null,
    confirmed_at timestamptz check (confirmed_at >= made_at),
    last_step    bigint not null default 0 check (last_step >= 0)
);

create table recovery_codes (
    person_id text not null references factors on delete cascade,
    digest    text not null check (digest ~ '^[0-9a-f]{64}$'),
    used_at   timestamptz,
    primary key (person_id, digest)
);

-- Whose account it is. id_no, phone and email are sealed; id_index finds an equal number without opening any.
-- One number may be claimed by several accounts; an office checked it for one of them.
create table profiles (
    person_id  text primary key references people,
    holder     text not null check (holder in ('person', 'organisation')),
    id_no      text not null check (id_no like 'enc:%'),
    id_index   text not null check (id_index ~ '^[0-9a-f]{64}$'),
    phone      text not null check (phone like 'enc:%'),
    email      text not null default '' check (email = '' or email like 'enc:%'),
    legal_representative text not null default '' check (length(legal_representative) <= 100),
    made_at    timestamptz not null,
    changed_at timestamptz not null check (changed_at >= made_at),
    checked_at timestamptz,
    checked_by text references people check (checked_by <> person_id),
    check ((holder = 'organisation') = (legal_representative <> '')),
    check ((checked_at is null) = (checked_by is null))
);
create unique index profiles_one_checked on profiles (id_index) where checked_at is not null;

-- Accounts at an identity platform (OpenID Connect), each linked to one of ours by an administrator.
create table identities (
    issuer    text not null check (length(issuer) between 1 and 300),
    subject   text not null check (length(subject) between 1 and 300),
    person_id text not null references people,
    linked_at timestamptz not null,
    linked_by text not null check (length(linked_by) between 1 and 100),
    primary key (issuer, subject)
);
create index identities_person on identities (person_id);
