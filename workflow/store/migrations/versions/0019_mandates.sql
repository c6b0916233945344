-- 代办委托: who may do what for whom, in which matter, until when (民法典165). It may be ended, and is never changed.
create table mandates (
    id          bigint generated always as identity primary key,
    grantor     text not null references people,
    agent       text not null references people check (agent <> grantor),
    verbs       text[] not null check (cardinality(verbs) > 0
                and verbs <@ array['read', 'submit', 'supply', 'speak', 'withdraw', 'receive']),
    item_code   text check (length(item_code) between 1 and 50),
    case_id     bigint references cases,
    valid_from  date not null,
    valid_until date not null check (valid_until >= valid_from),
    note        text not null default '' check (length(note) <= 400),
    created_at  timestamptz not null,
    ended_at    timestamptz,
    ended_by    text references people,
    check (item_code is null or case_id is null),
    check ((ended_at is null) = (ended_by is null))
);
create index mandates_agent on mandates (agent, id desc);
create index mandates_grantor on mandates (grantor, id desc);

create function mandate_only_ends() returns trigger language plpgsql as $$
begin
    if old.ended_at is not null or to_jsonb(new) - 'ended_at' - 'ended_by' <> to_jsonb(old) - 'ended_at' - 'ended_by' then
        raise exception 'a mandate may be ended once, and never changed' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger mandates_only_end before update on mandates for each row execute function mandate_only_ends();
create trigger mandates_no_delete before delete on mandates for each row execute function refuse_change();
create trigger mandates_no_truncate before truncate on mandates for each statement execute function refuse_change();
alter table mandates enable always trigger mandates_only_end;
alter table mandates enable always trigger mandates_no_delete;
alter table mandates enable always trigger mandates_no_truncate;

-- An agent is no post of a department: what an agent may do stands in mandates.
alter table people drop constraint people_kind_check;
alter table people add constraint people_kind_check check (kind in ('applicant', 'agent', 'staff'));
update people set kind = 'agent'
 where kind = 'staff' and exists (select from person_posts where person_id = people.id and post = 'agent')
   and not exists (select from person_posts where person_id = people.id and post <> 'agent');
delete from person_posts where post = 'agent';
