-- Which keys personal data is sealed with: fingerprints, never keys. A start with another key is refused.
create table data_keys (
    name        text primary key check (name ~ '^(k[0-9]{1,6}|index)$'),
    fingerprint text not null check (fingerprint ~ '^[0-9a-f]{32}$'),
    created_at  timestamptz not null default now(),
    retired_at  timestamptz
);
