-- What a manager may know of how work is given out, and of how people agree.

create or replace function annodesk.offers_of(p text, whom text) returns table (task_id text, key text, reason text)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'manager'); mine text[] := blind_items();
begin
  return query select o.task_id, i.key, o.reason from offer o
      join offer_rank r on r.project_id = o.project_id and r.task_id = o.task_id and r.person_id = o.person_id
      join task k on k.project_id = o.project_id and k.id = o.task_id
      join item i on i.project_id = k.project_id and i.id = k.item_id
    where o.project_id = p and o.person_id = whom and k.item_id <> all (mine) order by r.rank;
end $$;

-- Projects of the caller, as a manager, in which five people and more have handed in work: a group in which nobody can be
-- told from the others. Who only joined hides nobody.
create or replace function annodesk.projects_of_five() returns text[] stable security definer parallel safe language sql
begin atomic
  select coalesce(array_agg(p.id), '{}') from unnest(annodesk.projects_as('manager')) as p (id)
   where (select count(*) from (select from annodesk.membership m where m.project_id = p.id and m.role = 'annotator'
      and exists (select from annodesk.claim c where c.project_id = p.id and c.person_id = m.person_id and c.state = 'submitted')
     limit 5) done) >= 5;
end;

-- Whether somebody may know what single people said, without who: analysts, and managers of a group (rule 12).
create or replace function annodesk.tells_of_people(p text, me text) returns boolean
stable security definer set search_path = annodesk, pg_temp language sql as $$
  select exists (select from membership where project_id = p and person_id = me and role = 'analyst')
    or p = any (projects_of_five());
$$;

-- What waits for an analyst or a manager: open questions and since when, disputed rulings that nobody is there for, and
-- references in doubt. How many, and nothing of whom.
create or replace function annodesk.waits_of(p text)
returns table (questions bigint, questions_since_us bigint, disputes bigint, doubted bigint)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); mine text[] := blind_items();
begin
  return query select count(*), min(q.made_at_us),
      (select count(*) from told_ruling t where t.project_id = p and t.waits and t.item_id <> all (mine)),
      (select count(*) from reference_item r where r.project_id = p and r.suspended_at_us is not null and r.item_id <> all (mine))
    from inquiry q where q.project_id = p and q.state = 'open' and q.item_id <> all (mine);
end $$;

-- What was said on a part of the items that were scored last, without who said it; of a team of fewer than five a manager
-- is told the items' scores alone. What the model says is kept beside, and whether that is right: it is about no person, and
-- managers decide by it.
create or replace function annodesk.tallies_of(p text, which text, most int) returns table (made_at_us bigint, body json)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); mine text[] := blind_items(); is_whole boolean := tells_of_people(p, me);
begin
  return query select t.made_at_us, case when is_whole or which in (e'\tmodel', e'\talone') then t.body
      else json_build_object('score', t.body->'score', 'labels', t.body->'labels') end
    from tally t where t.project_id = p and t.part = which and t.item_id <> all (mine)
    order by t.made_at_us desc, t.item_id limit least(most, 5000);
end $$;

-- The same of the items of one batch.
create or replace function annodesk.tallies_of_batch(p text, b text, which text, most int) returns table (made_at_us bigint, body json)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); mine text[] := blind_items(); is_whole boolean := tells_of_people(p, me);
begin
  return query select t.made_at_us, case when is_whole then t.body
      else json_build_object('score', t.body->'score', 'labels', t.body->'labels') end
    from item i join tally t on t.project_id = p and t.item_id = i.id and t.part = which
   where i.project_id = p and i.batch_id = b and i.id <> all (mine) and which !~ e'^\t'
   order by t.made_at_us desc, t.item_id limit least(most, 5000);
end $$;
