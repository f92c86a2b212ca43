-- Tasks still to be labelled as a manager gives them out: how many places are free, since when others are held (by nobody's
-- name), and what was said about them. Items are walked by name, a page at a time; a last row without a task tells how far
-- it came where there is more. Of what the caller labels themselves nothing is told.
create or replace function annodesk.tasks_to_give(p text, which text, words text, behind text, most int)
returns table (task_id text, item_id text, key text, start_us bigint, end_us bigint, duration_us bigint, batch text,
  free int, handed_in int, held json, kept_for text, is_paused boolean)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'manager'); mine text[] := blind_items(); asked text[]; reached text; scanned int;
begin
  if which not in ('all', 'held', 'said') or most not between 1 and 1000 or length(words) > 200 then
    raise exception 'This does not fit.' using errcode = 'AN007';
  end if;
  if which = 'said' then
    select array_agg(a.task_id) into asked from (select task_id from assignment where project_id = p limit 5000) a;
  elsif which = 'held' then
    select array_agg(c.task_id) into asked from (select task_id from claim where project_id = p
      and state in ('leased', 'parked', 'recalled', 'returned') limit 5000) c;
  else
    select array_agg(x.id) filter (where x.found), max(x.key), count(*) into asked, reached, scanned from (
      select i.id, i.key, position(lower(words) in lower(i.key)) > 0 as found from item i
       where i.project_id = p and i.key > behind order by i.key limit 2000) x;
    -- Ids of items so far: each of theirs is looked up one by one.
    select array_agg(k.id) into asked from unnest(asked) x(id)
      cross join lateral (select t.id from task t where t.project_id = p and t.item_id = x.id and t.stage = 'annotate'
        and (select e.state from item_state e where e.project_id = p and e.item_id = x.id) in ('open', 'reopened') offset 0) k;
  end if;
  -- Looked up one by one (limit 1): joined, the whole project would be read.
  return query
    select k.id, k.item_id, i.key, k.start_us, k.end_us, i.duration_us, coalesce(b.name, ''),
           n.free, n.taken - n.holds, n.held, a.person_id, coalesce(a.is_paused, false)
      from unnest(asked) x(id)
      cross join lateral (select * from task t where t.project_id = p and t.id = x.id and t.stage = 'annotate' limit 1) k
      cross join lateral (select * from item m where m.project_id = p and m.id = k.item_id limit 1) i
      cross join lateral (select e.state from item_state e where e.project_id = p and e.item_id = k.item_id limit 1) e
      left join lateral (select y.name from batch y where y.project_id = p and y.id = i.batch_id limit 1) b on true
      left join lateral (select s.person_id, s.is_paused from assignment s where s.project_id = p and s.task_id = k.id limit 1) a on true
      cross join lateral (
        select (count(*) filter (where s.claim_id is null))::int as free, (count(s.claim_id))::int as taken,
               (count(*) filter (where c.is_held))::int as holds,
               coalesce(json_agg(json_build_array(s.claim_id, c.made_at_us) order by c.made_at_us) filter (where c.is_held), '[]') as held
          from slot s left join lateral (
            select d.made_at_us, d.state in ('leased', 'parked', 'recalled', 'returned') as is_held from claim d
             where d.project_id = p and d.id = s.claim_id limit 1) c on true
         where s.project_id = p and s.task_id = k.id) n
     where e.state in ('open', 'reopened') and k.item_id <> all (mine)
       and not exists (select from takedown w where w.project_id = p and w.item_id = k.item_id)
       and (which = 'all' or position(lower(words) in lower(i.key)) > 0)
     order by i.key, k.start_us limit most;
  if which = 'all' and scanned = 2000 then
    return query select null::text, null::text, reached, null::bigint, null::bigint, null::bigint, null::text, null::int,
      null::int, null::json, null::text, null::boolean;
  end if;
end $$;
