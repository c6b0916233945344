-- One row per paper and receiver. 民事诉讼法 87-95 by analogy; the engine checks the same before it comes here.
create table service_records (
    id           bigint generated always as identity primary key,
    case_id      bigint not null references cases,
    seq          integer not null,
    document_id  bigint not null references documents,
    mode         text not null check (mode in ('counter', 'proxy', 'post', 'electronic', 'left', 'notice')),
    recipient    text not null check (length(recipient) between 1 and 4000),
    relation     text not null default '',
    served_at    timestamptz not null,
    place        text not null default '',
    mail_no      text not null default '',
    witness      text[] not null default '{}',
    proof        text not null default '',
    announced_on date,
    consent_seq  integer,
    basis        text not null default '',
    recorded_by  text not null,
    recorded_at  timestamptz not null,
    receipt_no   text not null,
    unique (document_id, recipient),
    foreign key (case_id, seq) references events,
    foreign key (case_id, consent_seq) references events,
    constraint service_not_before_it_happened check (recorded_at >= served_at),
    constraint service_by_proxy_names_relation check (mode <> 'proxy' or relation <> ''),
    constraint service_by_post_has_number check (mode <> 'post' or mail_no <> ''),
    constraint service_electronic_with_consent check (mode <> 'electronic' or coalesce(consent_seq < seq, false) or basis <> ''),
    constraint service_left_is_witnessed check (mode <> 'left' or cardinality(witness) > 0 or proof <> ''),
    constraint service_by_notice_after_thirty_days check (
        (mode = 'notice') = (announced_on is not null)
        and (announced_on is null or (recorded_at at time zone 'Asia/Shanghai')::date > announced_on + 30))
);
create index service_records_case on service_records (case_id, id);
create trigger service_records_append_only before update or delete on service_records
    for each row execute function refuse_change();
create trigger service_records_no_truncate before truncate on service_records
    for each statement execute function refuse_change();
alter table service_records enable always trigger service_records_append_only;
alter table service_records enable always trigger service_records_no_truncate;
