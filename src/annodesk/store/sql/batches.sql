-- Batches as a manager makes and changes them.

-- How many people each item of a batch that nobody has decided about is for: places are added, or those that nobody has
-- taken are given up, but never the last one nor, of several, the one without suggestions.
create or replace function annodesk.widen_batch(p text, b text, people int) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare k text; n int;
begin
  for k in select t.id from task t join item i on i.project_id = p and i.id = t.item_id and i.batch_id = b
             join item_state s on s.project_id = p and s.item_id = t.item_id and s.state = 'open'
            where t.project_id = p and t.stage = 'annotate' loop
    select count(*) into n from slot where project_id = p and task_id = k and stage = 'annotate';
    continue when n = 0;
    insert into slot (project_id, id, task_id, number, shows_suggestions, stage, batch_id, rank)
      select p, gen_random_uuid()::text, k, max(number) + g, false, 'annotate', b, min(rank)
        from slot, generate_series(1, people - n) g where project_id = p and task_id = k group by g;
    delete from slot where project_id = p and claim_id is null and id in (
      select id from slot where project_id = p and task_id = k and stage = 'annotate' and claim_id is null
       order by case when people > 1 then not shows_suggestions else false end, number desc limit greatest(n - people, 0));
    update task_plan set overlap = greatest(people, (select count(*) from slot where project_id = p and task_id = k))
     where project_id = p and task_id = k;
  end loop;
  insert into due (project_id, item_id) select p, i.id from item i
    join item_state s on s.project_id = p and s.item_id = i.id and s.state = 'open' where i.project_id = p and i.batch_id = b;
end $$;

-- Makes a batch, or changes the one of this id: all it says, at once. Whether it is a pilot never changes, and a pilot
-- is passed once. Sent again after a lost reply it changes nothing more.
create or replace function annodesk.set_batch(p text, said json) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'manager'); one batch; plan batch_plan; was batch; before batch_plan; fresh boolean;
begin
  if not exists (select from project where id = p and is_published) then
    raise exception 'This project is not published yet.' using errcode = 'AN040';
  end if;
  one := json_populate_record(null::batch, said);
  plan := json_populate_record(null::batch_plan, said);
  if length(coalesce(one.id, '')) not between 1 and 100 or btrim(coalesce(one.name, '')) = '' or length(one.name) > 200
     or one.name ~ '[[:cntrl:]]' or coalesce(one.state, '') not in ('open', 'paused', 'closed')
     or abs(coalesce(one.priority, 1000)) > 100 or coalesce(plan.overlap, 1) not between 1 and 50
     or length(one.needs) > 2000 or (select count(*) from needs_in(one.needs)) > 20
     or exists (select from needs_in(one.needs) n where length(n.skill) not between 1 and 60 or n.level not between 1 and 5
                   or n.skill ~ '[[:cntrl:]]')
     or coalesce(one.deadline_us, 0) not between 0 and 8000000000000000
     or exists (select from unnest(array[plan.escalate_below, plan.unsure_below, plan.model_sure_from, plan.reference_below]) x
                 where x not between 0 and 1) or coalesce(plan.unsure_first, 1) not between 0.1 and 1 then
    raise exception 'This is not a batch.' using errcode = 'AN007';
  end if;
  select * into was from batch where project_id = p and id = one.id for no key update;
  fresh := not found;
  if exists (select from batch where project_id = p and name = one.name and id <> one.id) then
    raise exception 'Another batch has this name.' using errcode = 'AN070';
  end if;
  if fresh then
    insert into batch (project_id, id, name, state, is_pilot, priority, deadline_us, needs)
      values (p, one.id, one.name, one.state, coalesce(one.is_pilot, false), one.priority, one.deadline_us, coalesce(one.needs, ''));
    insert into batch_plan (project_id, batch_id, overlap, escalate_below, unsure_below, model_sure_from, reference_below, unsure_first)
      values (p, one.id, plan.overlap, plan.escalate_below, plan.unsure_below, plan.model_sure_from, plan.reference_below, plan.unsure_first);
  else
    select * into before from batch_plan where project_id = p and batch_id = one.id;
    update batch set name = one.name, state = one.state, priority = one.priority, deadline_us = one.deadline_us,
        needs = coalesce(one.needs, needs),
        passed_at_us = case when is_pilot and one.passed_at_us is not null then coalesce(passed_at_us, now_us()) else passed_at_us end
     where project_id = p and id = one.id;
    insert into batch_plan (project_id, batch_id) values (p, one.id) on conflict do nothing;
    update batch_plan set overlap = plan.overlap, escalate_below = plan.escalate_below, unsure_below = plan.unsure_below,
        model_sure_from = plan.model_sure_from, reference_below = plan.reference_below, unsure_first = plan.unsure_first
     where project_id = p and batch_id = one.id;
    if one.priority <> was.priority then
      update task_plan set priority = priority + one.priority - was.priority where project_id = p and task_id in (
        select t.id from task t join item i on i.project_id = p and i.id = t.item_id and i.batch_id = one.id where t.project_id = p);
    end if;
    if (one.state = 'closed' and was.state <> 'closed') or (was.is_pilot and was.passed_at_us is null and one.passed_at_us is not null) then
      perform widen_batch(p, one.id, 1);
    elsif plan.overlap is not null and plan.overlap is distinct from before.overlap and not was.is_pilot then
      perform widen_batch(p, one.id, plan.overlap);
    end if;
  end if;
  if fresh or one.state <> was.state or (was.is_pilot and was.passed_at_us is null and one.passed_at_us is not null) then
    insert into state_change (project_id, subject, subject_id, before, after, by, made_at_us)
      values (p, 'batch', one.id, was.state,
              case when was.is_pilot and was.passed_at_us is null and one.passed_at_us is not null then 'passed' else one.state end,
              me, now_us());
  end if;
  perform tell(p, 'members', 'project', null);
exception when not_null_violation or check_violation or foreign_key_violation or unique_violation
          or invalid_text_representation or numeric_value_out_of_range or invalid_parameter_value then
  raise exception 'This is not a batch.' using errcode = 'AN007';
end $$;

-- Items as they were scored on a part, some at a time, and whether each is settled by an answer given before a version of
-- the project in which somebody gave a label: those are to be queued again. Looked up one by one: joined, the whole
-- project would be read.
create or replace function annodesk.affected_items(p text, which text, named text, before int, since bigint, behind text)
returns table (item_id text, key text, made_at_us bigint, is_affected boolean)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); mine text[] := blind_items();
begin
  return query with page as materialized (
      select t.item_id as id, t.made_at_us as scored_us, (t.body->>'said')::jsonb as said from tally t
       where t.project_id = p and t.part = which and t.made_at_us >= since and (t.made_at_us, t.item_id) > (since, behind)
       order by t.made_at_us, t.item_id limit 2000)
    select s.id, (select i.key from item i where i.project_id = p and i.id = s.id limit 1), s.scored_us,
           s.said @> jsonb_build_array(jsonb_build_array(named)) and s.id <> all (mine)
       and coalesce((select true from item_state e where e.project_id = p and e.item_id = s.id and e.state = 'settled' limit 1), false)
       and coalesce((select true from task k join settlement l on l.project_id = p and l.task_id = k.id and l.stands
                       join annotation_set a on a.project_id = p and a.id = l.set_id and a.project_version < before
                      where k.project_id = p and k.item_id = s.id limit 1), false)
      from page s order by s.scored_us, s.id;
end $$;
