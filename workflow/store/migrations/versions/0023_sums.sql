-- Sums by one dimension at a time, in place of rollups over all of them at once: a page reads no more rows than it shows.
-- What they are sums of stands in workflow/oversight/figures.py.
create table sums (
    dimension text not null check (dimension in ('department', 'item', 'person', 'process', 'post', 'step')),
    grain     text not null check (grain in ('day', 'month', 'year')),
    starts_on date not null,
    figure    text not null,
    key       text not null,
    ground    text not null,
    detail    integer not null,
    n         bigint not null,
    primary key (dimension, grain, starts_on, figure, key, ground, detail) include (n)  -- the index alone answers
);
create table sum_days (day date primary key);  -- days whose sums have to be made anew: at first, all there are
insert into sum_days
select distinct day from (
    select unnest(array[received_on, accepted_on, decided_on, ended_on, published_on]) as day from case_measures
    union select left_on from case_steps
    union select issued_on from permits) d where day is not null;

create table item_names (item_code text primary key, item_name text not null, case_id bigint not null);
insert into item_names
select distinct on (item_code) item_code, item_name, id from cases where version > 0 order by item_code, id desc;

-- Issued in the order of time, as events are: a few pages of this find the permits of a day.
create index permits_issued on permits using brin (issued_on) with (pages_per_range = 16, autosummarize = on);
-- Until when a case stood past its statutory date: null if never, infinity if it is open. Few were ever late.
alter table case_measures add column late_until date generated always as (
    case when statutory_due < coalesce(least(decided_on, ended_on), 'infinity')
         then coalesce(least(decided_on, ended_on), 'infinity') end) stored;
create index case_measures_late on case_measures (late_until, statutory_due) where late_until is not null;
