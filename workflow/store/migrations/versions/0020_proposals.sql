-- Four eyes: what one person proposes takes effect when another confirms it. Both are written down once and for all.
create table if not exists proposals (
    id          bigint generated always as identity primary key,
    kind        text not null check (length(kind) between 1 and 40),
    subject     text not null check (length(subject) between 1 and 200),
    body        jsonb not null,
    diff        jsonb not null,
    because     text not null check (length(because) between 1 and 1000),
    proposed_by text not null check (length(proposed_by) between 1 and 100),
    proposed_at timestamptz not null,
    until       timestamptz not null check (until > proposed_at),
    unique (id, proposed_by)
);
create index if not exists proposals_kind on proposals (kind, id desc);

-- emergency: done at the console by one person, for want of a second; supervisors list these.
create table if not exists proposal_answers (
    proposal_id bigint primary key,
    proposed_by text not null,
    answer      text not null check (answer in ('confirmed', 'rejected', 'withdrawn', 'emergency')),
    answered_by text not null check (length(answered_by) between 1 and 100),
    answered_at timestamptz not null,
    note        text not null default '' check (length(note) <= 1000),
    result      jsonb,
    foreign key (proposal_id, proposed_by) references proposals (id, proposed_by),
    check (answer not in ('confirmed', 'rejected') or answered_by <> proposed_by),
    check (answer not in ('withdrawn', 'emergency') or answered_by = proposed_by),
    check (answer <> 'emergency' or answered_by like 'os:%')
);

-- Two accounts of one human are not two people, whatever the code does.
create or replace function confirmed_by_another() returns trigger language plpgsql as $$
begin
    if new.answer = 'confirmed' and exists (
        select from people one join people other on other.id = new.answered_by
         where one.id = new.proposed_by
           and coalesce(one.human_id, one.id) = coalesce(other.human_id, other.id)) then
        raise exception 'proposal % needs another person', new.proposal_id using errcode = 'check_violation';
    end if;
    return new;
end $$;
create or replace trigger proposal_answers_by_another before insert on proposal_answers
    for each row execute function confirmed_by_another();
create or replace trigger proposals_append_only before update or delete on proposals
    for each row execute function refuse_change();
create or replace trigger proposals_no_truncate before truncate on proposals
    for each statement execute function refuse_change();
create or replace trigger proposal_answers_append_only before update or delete on proposal_answers
    for each row execute function refuse_change();
create or replace trigger proposal_answers_no_truncate before truncate on proposal_answers
    for each statement execute function refuse_change();
alter table proposals enable always trigger proposals_append_only;
alter table proposals enable always trigger proposals_no_truncate;
alter table proposal_answers enable always trigger proposal_answers_append_only;
alter table proposal_answers enable always trigger proposal_answers_no_truncate;
alter table proposal_answers enable always trigger proposal_answers_by_another;
