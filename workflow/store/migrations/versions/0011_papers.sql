-- Papers as files, and seals over them. Columns that the version before this one does not know are empty there.
-- id_no: the party's identity number, sealed; it is shown on the paper, and no part of the content that is hashed.
alter table documents
    add pdf_sha256 text check (pdf_sha256 ~ '^[0-9a-f]{64}$'),
    add renderer   text,
    add id_no      text not null default '',
    add constraint documents_pdf_of_content check (pdf_sha256 is null or content is not null),
    add constraint documents_pdf_names_renderer check ((pdf_sha256 is null) = (renderer is null));

-- One certificate a version of a permit; the newest is current, the others are superseded. `payload` are the bytes that
-- were signed, as text. Keys are elsewhere.
create table certificates (
    id            bigint generated always as identity primary key,
    permit_id     bigint not null references permits,
    version       integer not null check (version >= 1),
    life_id       bigint not null references cases,
    seq           integer not null,
    code          text not null unique check (code ~ '^[0-9A-HJKMNP-TV-Z]{16}$'),
    content       jsonb not null,
    sha256        text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    payload       text not null,
    key_id        text not null check (key_id ~ '^[0-9a-f]{16}$'),
    algorithm     text not null check (algorithm in ('Ed25519', 'SM2-SM3')),
    signature     text not null,
    address       text not null,
    original_sha256  text not null check (original_sha256 ~ '^[0-9a-f]{64}$'),
    duplicate_sha256 text not null check (duplicate_sha256 ~ '^[0-9a-f]{64}$'),
    renderer      text not null,
    issued_on     date not null,
    created_at    timestamptz not null,
    superseded_at timestamptz check (superseded_at >= created_at),
    unique (permit_id, version),
    unique (life_id, seq),
    foreign key (life_id, seq) references events
);
create unique index certificates_one_current on certificates (permit_id) where superseded_at is null;

-- What was issued, linked case by case: the hash of the content and of the file, under the event that issued it.
create table paper_seals (
    case_id        bigint not null references cases,
    n              integer not null check (n >= 1),
    document_id    bigint unique references documents,
    certificate_id bigint unique references certificates,
    hash           text not null unique check (hash ~ '^[0-9a-f]{64}$'),
    body           jsonb not null,
    sealed_at      timestamptz not null,
    primary key (case_id, n),
    check (num_nonnulls(document_id, certificate_id) = 1),
    check (body ->> 'hash' = hash and (body ->> 'n')::integer = n)
);
create trigger paper_seals_append_only before update or delete on paper_seals
    for each row execute function refuse_change();
create trigger paper_seals_no_truncate before truncate on paper_seals
    for each statement execute function refuse_change();
alter table paper_seals enable always trigger paper_seals_append_only;
alter table paper_seals enable always trigger paper_seals_no_truncate;
