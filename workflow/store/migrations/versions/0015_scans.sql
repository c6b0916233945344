-- Whether an uploaded file was looked at for viruses. What waits or is infected is not given out.
alter table materials
    add column if not exists scan text not null default 'not_scanned'
        check (scan in ('not_scanned', 'waiting', 'clean', 'infected')),
    add column if not exists scanned_at timestamptz,
    add column if not exists infection text check (length(infection) between 1 and 200),
    add column if not exists erased_at timestamptz;
alter table materials drop constraint if exists materials_infected_by_something;
alter table materials add constraint materials_infected_by_something check ((scan = 'infected') = (infection is not null));
alter table materials drop constraint if exists materials_scanned_when;
alter table materials add constraint materials_scanned_when check ((scan in ('clean', 'infected')) = (scanned_at is not null));
