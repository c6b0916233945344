-- The salt of a case's commitments (sealed), and blind indexes to find people by. What is stored is sealed row by row by
-- `banjian keys seal`, not here: the previous version could not read it.
alter table cases
    add column if not exists salt text,
    add column if not exists applicant_index text check (applicant_index ~ '^[0-9a-f]{64}$');
create index if not exists cases_applicant on cases (applicant_index, id desc) where applicant_index is not null;
alter table permits add column if not exists holder_index text check (holder_index ~ '^[0-9a-f]{64}$');
create index if not exists permits_holder on permits (holder_index, id desc) where holder_index is not null;
