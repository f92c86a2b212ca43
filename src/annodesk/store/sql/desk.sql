-- The manager's desk of a team: what was said beside what stands, and figures by a field of the metadata. Everything is
-- asked for some items at a time, so that nobody's question reads a project whole.

-- Which items were scored from one time to before another, the newest first; programs that ask items_counted ask it no more.
create or replace function annodesk.scored_between(p text, which text, from_us bigint, until_us bigint)
returns table (item_id text) stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); mine text[] := blind_items();
begin
  return query select t.item_id from tally t
    where t.project_id = p and t.part = which and t.made_at_us >= from_us and t.made_at_us < until_us and t.item_id <> all (mine)
    order by t.made_at_us desc, t.item_id limit 2000;
end $$;

-- What stands for the tasks of some items, and what people handed in on them as it counts (counted_head of the program:
-- as it stood before its author saw a comparison); authors are letters, as in read_work. Of reference items alone, where
-- that is asked for: then what stands is the confirmed answer, and told are the answers given since it is one. Managers of
-- fewer than five are told nothing. Like read_work it notes that this person has seen others' work.
create or replace function annodesk.said_beside(p text, items text[], are_references boolean default false)
returns table (item_id text, task_id text, length_us bigint, set_id text, letter text, stands boolean, aided boolean, day int,
  head text, body json)
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); mine text[] := blind_items();
begin
  if not tells_of_people(p, me) then return; end if;
  return query with asked as materialized (
      select w.id, r.set_id as known, r.made_at_us as since from (select distinct unnest(items) as id limit 100) w
        join item i on i.project_id = p and i.id = w.id
        left join reference_item r on r.project_id = p and r.item_id = w.id and r.suspended_at_us is null
       where w.id <> all (mine) and not exists (select from takedown x where x.project_id = p and x.item_id = w.id)
         and (not are_references or r.item_id is not null)),
    noted as (insert into sight (project_id, item_id, person_id) select p, id, me from asked on conflict do nothing),
    part as materialized (
      select k.id, k.item_id, k.end_us - k.start_us as length_us, a.since, a.known,
        (select count(*) from task o where o.project_id = p and o.item_id = a.id and o.stage = 'annotate') as parts
        from asked a join task k on k.project_id = p and k.item_id = a.id and k.stage = 'annotate'),
    standing as (
      select k.id as task_id, coalesce(l.set_id, case when are_references and k.parts = 1 then k.known end) as set_id, l.head
        from part k left join lateral (
          select l.set_id, l.head from settlement l where l.project_id = p and l.task_id = k.id
             and case when are_references then l.settled_by = 'adjudication' and l.made_at_us <= k.since else l.stands end
           order by l.made_at_us desc, l.id desc limit 1) l on true),
    -- Whoever is to rule again reads no ruling (is_unseen_ruling).
    known as materialized (
      select k.task_id, s.id as set_id, k.head from standing k join annotation_set s on s.project_id = p and s.id = k.set_id
       where s.author_kind <> 'canary' and (s.author_id = me or not is_unseen_ruling(p, s.task_id, s.id))),
    unseen as (select k.task_id from standing k where k.set_id is not null
        and not exists (select from known o where o.task_id = k.task_id)),
    given as (
      select k.item_id, k.id as task_id, k.length_us, c.set_id, k.since, v.suggestions_from_us as seen_us, f.made_at_us as first_us,
        case when v.independent_until_us < f.made_at_us then v.independent_until_us else f.made_at_us end as until_us,
        case when v.independent_until_us < f.made_at_us then v.independent_head else f.head end as head
        from part k join claim c on c.project_id = p and c.task_id = k.id and c.state = 'submitted'
        join slot o on o.project_id = p and o.task_id = k.id and o.claim_id = c.id
        join lateral (select u.head, u.made_at_us from submission u where u.project_id = p and u.set_id = c.set_id
                       order by u.number limit 1) f on true
        left join "view" v on v.project_id = p and v.set_id = c.set_id
       where not (coalesce(v.independent_until_us < f.made_at_us, false) and not v.was_finished
                  and v.independent_head is distinct from f.head)
         and (not are_references or f.made_at_us > k.since)
         and k.id not in (select u.task_id from unseen u)),
    lettered as (
      select s.id, chr(64 + (row_number() over (partition by s.task_id order by s.id))::int) as letter
        from annotation_set s join part k on k.id = s.task_id where s.project_id = p and s.author_kind = 'person')
    select k.item_id, k.id, k.length_us, o.set_id, '', true, false, 0, o.head, n.body
      from known o join part k on k.id = o.task_id
      left join lateral (select x.body from set_snapshot x where x.project_id = p and x.set_id = o.set_id
         and (o.head is null or x.head = o.head) order by x.number desc limit 1) n on true
    union all
    select g.item_id, g.task_id, g.length_us, g.set_id, l.letter, false, coalesce(g.seen_us < g.until_us, false),
        (g.first_us / 86400000000)::int, g.head, n.body
      from given g join lettered l on l.id = g.set_id
      left join lateral (select x.body from set_snapshot x where x.project_id = p and x.set_id = g.set_id
         and x.head is not distinct from g.head order by x.number desc limit 1) n on true;
end $$;

-- Values of a field with how many items have each, over so many items after one; the last row says after which item it
-- goes on, and how many were looked at.
create or replace function annodesk.values_of(p text, field text, after_item text, most int)
returns table (value text, items bigint, last_item text)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); mine text[] := blind_items();
begin
  return query with page as materialized (
      select i.id, i.metadata, i.duration_us from item i where i.project_id = p and i.id > after_item
       order by i.id limit least(most, 5000))
    select field_value(g.metadata, g.duration_us, field), count(*), null::text from page g where g.id <> all (mine) group by 1
    union all select null, count(*), max(g.id) from page g;
end $$;

-- What the items with some values of a field are counted for, by figure, over so many items after one. What work took is
-- for analysts: a value that few items have would tell of single people.
create or replace function annodesk.counted_by(p text, field text, wanted text[], names text[], after_item text, most int)
returns table (value text, figure text, n bigint, total bigint, last_item text, items bigint)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); mine text[] := blind_items(); is_analyst boolean;
begin
  is_analyst := exists (select from membership where project_id = p and person_id = me and role = 'analyst');
  return query with page as materialized (
      select i.id, i.metadata, i.duration_us from item i where i.project_id = p and i.id > after_item
       order by i.id limit least(most, 5000)),
    found as materialized (
      select g.id, field_value(g.metadata, g.duration_us, field) as value from page g where g.id <> all (mine))
    select f.value, e.key, sum((e.value ->> 0)::bigint)::bigint,
        case when is_analyst or e.key !~ '^(handed in on|reviewed on):' then sum((e.value ->> 1)::bigint)::bigint else 0 end,
        null::text, null::bigint
      from found f join counted c on c.project_id = p and c.item_id = f.id cross join lateral json_each(c.said) e
     where f.value = any (wanted) and split_part(e.key, ':', 1) = any (names)
       and (is_analyst or e.key !~ '^(work on|work times|label time|review time)')
     group by 1, 2
    union all select null, null, null, null, max(g.id), count(*) from page g;
end $$;

-- Which items a figure counts, the newest first, over so many items from one on (of all, where none is named); the last row
-- says from which item it goes on. What the figure's parts mean stands in store/cells: the day first, where it has one, then
-- what it is about. Items with a ruling that is to be ruled again by somebody who does not know it are left out.
create or replace function annodesk.items_counted(p text, figure text, from_us bigint, until_us bigint, about text[],
  aided boolean, field text, wanted text, from_item text, most int)
returns table (item_id text, next_item text)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); mine text[] := blind_items(); today bigint := now_us() / 86400000000;
  dated int := case when figure = 'waits by reason' then 0 else 1 end; newest text := from_item;
begin
  if not tells_of_people(p, me) or figure <> all (array['handed in on', 'reviewed on', 'settled on', 'reopened on',
    'escalated on', 'waits by reason', 'agreement on', 'model on', 'work on']) then return; end if;
  if newest is null then select max(id) into newest from item where project_id = p; end if;
  return query with page as materialized (
      select i.id, i.metadata, i.duration_us from item i where i.project_id = p and i.id <= newest
       order by i.id desc limit least(most, 5000)),
    found as materialized (
      select g.id from page g
        cross join lateral (select c.said from counted c where c.project_id = p and c.item_id = g.id limit 1) c
       where g.id <> all (mine) and (field = '' or field_value(g.metadata, g.duration_us, field) = wanted)
         and exists (
           select from json_each(c.said) e
             cross join lateral (select string_to_array(substr(e.key, length(figure) + 2), e'\t') as names) k
            -- In this order: parts of other figures begin with no day, and a cast of theirs would fail.
            where case when not starts_with(e.key, figure || ':') then false
              -- What a clock gone wrong has dated later counts as of today.
              when dated = 1 and from_us is not null
                and (least(k.names[1]::bigint, today) * 86400000000 between from_us and until_us - 1) is not true then false
              when aided is null or figure <> 'work on' then k.names[dated + 1 : dated + cardinality(about)] = about
              when k.names[2] <> 'aided' then false
              -- A set counts 100 where suggestions were in view, and else nothing.
              when aided then (e.value ->> 1)::bigint > 0
              else (e.value ->> 1)::bigint < 100 * (e.value ->> 0)::bigint end)
         and not exists (select from takedown x where x.project_id = p and x.item_id = g.id)
         -- Asked of each item alone: joined, every task of the project would be read.
         and 0 = (select count(*) from task t
           cross join lateral (select r.first_set from reruling r
             where r.project_id = p and r.task_id = t.id and r.state = 'waiting' limit 1) r
           cross join lateral (select s.author_id from annotation_set s
             where s.project_id = p and s.id = r.first_set limit 1) s
           where t.project_id = p and t.item_id = g.id and t.stage = 'review' and s.author_id <> me))
    (select f.id, null::text from found f order by f.id desc)
    union all
    select null, (select max(i.id) from item i where i.project_id = p and i.id < (select min(g.id) from page g));
end $$;

-- What the model says of the tasks of some items, to whom said_beside tells what people said; it notes the same.
create or replace function annodesk.model_beside(p text, items text[]) returns table (task_id text, set_id text, body json)
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); mine text[] := blind_items();
begin
  if not tells_of_people(p, me) then return; end if;
  return query with asked as materialized (
      select w.id from (select distinct unnest(items) as id limit 100) w join item i on i.project_id = p and i.id = w.id
       where w.id <> all (mine) and not exists (select from takedown x where x.project_id = p and x.item_id = w.id)),
    noted as (insert into sight (project_id, item_id, person_id) select p, id, me from asked on conflict do nothing)
    select k.id, m.id, n.body from asked a join task k on k.project_id = p and k.item_id = a.id and k.stage = 'annotate'
      cross join lateral (select s.id from annotation_set s where s.project_id = p and s.task_id = k.id
         and s.author_kind = 'model' order by s.round desc, s.id desc limit 1) m
      cross join lateral (select x.body from set_snapshot x where x.project_id = p and x.set_id = m.id
         order by x.number desc limit 1) n;
end $$;
