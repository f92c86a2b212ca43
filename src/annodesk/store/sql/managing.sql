-- What a manager adds to a project that is at work, and settled items that are opened again.

-- New items with their assets, tasks and places; those that are there already stay as they are. A name that another
-- item has is given a number. Returns how many were new.
create or replace function annodesk.add_items(p text, rows json) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); one item; fresh text[] := '{}'; made text[]; free_key text; n int;
begin
  if not exists (select from project where id = p and is_published) then
    raise exception 'This project is not published yet.' using errcode = 'AN040';
  end if;
  for one in select * from json_populate_recordset(null::item, rows->'item') loop
    continue when exists (select from item i where i.project_id = p and i.id = one.id);
    free_key := one.key;
    n := 2;
    while exists (select from item i where i.project_id = p and i.key = free_key) loop
      free_key := one.key || ' (' || n || ')';
      n := n + 1;
    end loop;
    insert into item (project_id, id, batch_id, key, duration_us, metadata, made_at_us)
      values (p, one.id, one.batch_id, free_key, one.duration_us, one.metadata, now_us());
    insert into item_state (project_id, item_id, state, changed_at_us) values (p, one.id, 'open', now_us());
    fresh := fresh || one.id;
  end loop;
  insert into asset (project_id, id, item_id, type, role, position, offset_us, root, path, url, sha256, quick_print, media)
    select p, a.id, a.item_id, a.type, a.role, a.position, a.offset_us, a.root, a.path, a.url, a.sha256, a.quick_print, a.media
      from json_populate_recordset(null::asset, rows->'asset') a where a.item_id = any (fresh);
  insert into item_need (project_id, item_id, skill, level) select p, r.item_id, r.skill, r.level
      from json_populate_recordset(null::item_need, rows->'item_need') r where r.item_id = any (fresh);
  with new as (
    insert into task (project_id, id, item_id, stage, start_us, end_us, made_at_us)
      select p, k.id, k.item_id, 'annotate', k.start_us, k.end_us, now_us()
        from json_populate_recordset(null::task, rows->'task') k where k.item_id = any (fresh) returning id)
  select coalesce(array_agg(id), '{}') into made from new;
  insert into task_plan (project_id, task_id, overlap, priority) select p, r.task_id, r.overlap, r.priority
      from json_populate_recordset(null::task_plan, rows->'task_plan') r where r.task_id = any (made);
  insert into slot (project_id, id, task_id, number, shows_suggestions, stage, batch_id, rank)
    select p, r.id, r.task_id, r.number, r.shows_suggestions, 'annotate', i.batch_id, -1000 * coalesce(t.priority, 0)
      from json_populate_recordset(null::slot, rows->'slot') r
      join task k on k.project_id = p and k.id = r.task_id join item i on i.project_id = p and i.id = k.item_id
      left join task_plan t on t.project_id = p and t.task_id = k.id where r.task_id = any (made);
  insert into recount (project_id, item_id) select p, f from unnest(fresh) f;
  perform tell(p, 'managers', 'item', f) from unnest(fresh) f;
  return cardinality(fresh);
exception when not_null_violation or check_violation or foreign_key_violation or unique_violation
          or invalid_text_representation or numeric_value_out_of_range or invalid_parameter_value then
  raise exception 'These items do not fit.' using errcode = 'AN007';
end $$;

-- Where a video or a further recording begins; the first one keeps the item's time and never moves.
create or replace function annodesk.place_asset(p text, a text, begins_us bigint) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); i text;
begin
  update asset set offset_us = begins_us where project_id = p and id = a and position > 0
     and abs(begins_us) <= 86400000000 returning item_id into i;
  if i is null then raise exception 'This recording cannot be moved so.' using errcode = 'AN041'; end if;
  perform tell(p, 'managers', 'item', i), tell(p, 'analysts', 'item', i);
  perform tell(p, c.person_id, 'item', i) from claim c join task k on k.project_id = c.project_id and k.id = c.task_id
    where c.project_id = p and k.item_id = i and c.state in ('leased', 'parked', 'returned', 'recalled');
end $$;

-- A settled item that somebody doubts is labelled once more by somebody who has seen nobody's work on it; where there is
-- nobody left for that, an analyst looks at it. What stood stays as history. Returns the item's state now.
create or replace function annodesk.reopen(p text, i text, words text) returns text
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_unbiased(p, i); state_before text; after_state text := 'reopened'; k task; where_to text;
begin
  select state into state_before from item_state where project_id = p and item_id = i for no key update;
  if state_before is distinct from 'settled' then
    raise exception 'Only what is settled can be opened again.' using errcode = 'AN042';
  end if;
  if coalesce(words, '') = '' then raise exception 'Say why.' using errcode = 'AN043'; end if;
  update settlement s set stands = false from task t
   where s.project_id = p and t.project_id = p and t.id = s.task_id and t.item_id = i and s.stands;
  update item_state set state = 'reopened', changed_at_us = now_us() where project_id = p and item_id = i;
  insert into recount (project_id, item_id) values (p, i);
  select batch_id into where_to from item where project_id = p and id = i;
  -- Its earlier review is over: it may be taken again.
  insert into state_change (project_id, subject, subject_id, before, after, by, made_at_us)
    select p, 'claim', c.id, c.state, 'expired', me, now_us() from claim c join task t on t.project_id = p and t.id = c.task_id
     where c.project_id = p and t.item_id = i and t.stage = 'review' and c.state in ('submitted', 'leased');
  update slot s set claim_id = null from task t
   where s.project_id = p and t.project_id = p and t.id = s.task_id and t.item_id = i and t.stage = 'review';
  perform tell(p, c.person_id, 'claim', i, c.id) from claim c join task t on t.project_id = p and t.id = c.task_id
    where c.project_id = p and t.item_id = i and t.stage = 'review' and c.state in ('submitted', 'leased');
  update claim c set state = 'expired', changed_at_us = now_us() from task t
   where c.project_id = p and t.project_id = p and t.id = c.task_id and t.item_id = i and t.stage = 'review'
     and c.state in ('submitted', 'leased');
  if exists (select from task t where t.project_id = p and t.item_id = i and t.stage = 'annotate' and not exists (
      select from membership m where m.project_id = p and m.role = 'annotator' and may_take(p, m.person_id, t.id, 'annotate'))) then
    after_state := 'escalated';
    update item_state set state = after_state where project_id = p and item_id = i;
  end if;
  for k in select * from task t where t.project_id = p and t.item_id = i and t.stage = 'annotate' loop
    if after_state = 'reopened' then
      -- What stood by the machine rule has its places still.
      update slot set stage = 'annotate', shows_suggestions = false
       where project_id = p and task_id = k.id and claim_id is null and stage = 'closed';
      continue when found;
      insert into slot (project_id, id, task_id, number, shows_suggestions, stage, batch_id, rank)
        select p, gen_random_uuid()::text, k.id, max(number) + 1, false, 'annotate', where_to, min(rank) - 1
          from slot where project_id = p and task_id = k.id;
    elsif not exists (select from task r where r.project_id = p and r.item_id = i and r.stage = 'review'
                        and r.start_us = k.start_us) then
      with made as (
        insert into task (project_id, id, item_id, stage, start_us, end_us, made_at_us)
          values (p, gen_random_uuid()::text, i, 'review', k.start_us, k.end_us, now_us()) returning id),
      planned as (insert into task_plan (project_id, task_id, overlap, priority) select p, id, 1, 0 from made)
      insert into slot (project_id, id, task_id, number, shows_suggestions, stage, batch_id, rank)
        select p, gen_random_uuid()::text, id, 1, false, 'review', where_to, -1000 from made;
    end if;
  end loop;
  insert into escalation (project_id, id, item_id, reason, culprit, evidence, made_at_us, closed_at_us)
    values (p, gen_random_uuid()::text, i, 'flagged', '', json_build_object('note', words, 'reopened', true), now_us(),
            case after_state when 'reopened' then now_us() end);
  insert into state_change (project_id, subject, subject_id, before, after, by, made_at_us)
    values (p, 'item', i, 'settled', 'reopened', me, now_us());
  if after_state = 'escalated' then
    insert into state_change (project_id, subject, subject_id, before, after, by, made_at_us)
      values (p, 'item', i, 'reopened', 'escalated', me, now_us());
  end if;
  perform tell(p, 'analysts', 'item', i), tell(p, 'managers', 'item', i);
  -- Whoever was shown the others' work because it was settled lets go of it.
  perform tell(p, c.person_id, 'item', i) from claim c join task t on t.project_id = p and t.id = c.task_id
    where c.project_id = p and t.item_id = i and t.stage = 'annotate' and c.state = 'submitted'
      and exists (select from project_rules r where r.project_id = p and r.see_others = 'settled');
  return after_state;
end $$;

-- A draw of what is labelled next: how probable it was of each item that it would be drawn, over all draws so far, and
-- which were; these are given out before others. What was drawn once keeps the probability it was drawn with. Returns
-- how many were drawn.
create or replace function annodesk.record_draw(p text, rows json, by_what text) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); chosen text[];
begin
  if length(by_what) > 60 or exists (select from json_populate_recordset(null::sampled, rows) r
      where r.probability is null or not r.probability between 0 and 1 or (r.is_drawn and r.probability = 0)) then
    raise exception 'These items do not fit.' using errcode = 'AN007';
  end if;
  -- What an earlier draw took stays taken, and its probability rises too: it might have been left for this one.
  with told as (select r.item_id, r.probability, r.is_drawn from json_populate_recordset(null::sampled, rows) r),
  taken as (select s.item_id from sampled s join told using (item_id) where s.project_id = p and s.is_drawn),
  made as (
    insert into sampled as s (project_id, item_id, probability, is_drawn, how, made_at_us)
      select p, i.id, r.probability, r.is_drawn, by_what, now_us() from told r
        join item i on i.project_id = p and i.id = r.item_id
      on conflict (project_id, item_id) do update set probability = s.probability + (1 - s.probability) * excluded.probability,
        is_drawn = s.is_drawn or excluded.is_drawn,
        how = case when s.is_drawn then s.how else excluded.how end,
        made_at_us = case when s.is_drawn then s.made_at_us else excluded.made_at_us end
      returning s.item_id, s.is_drawn)
  select coalesce(array_agg(item_id) filter (where is_drawn), '{}') into chosen from made
    where item_id not in (select item_id from taken);
  update task_plan t set priority = 1 from task k where t.project_id = p and k.project_id = p and k.id = t.task_id
     and k.item_id = any (chosen) and t.priority < 1;
  update slot s set rank = -1000 from task k where s.project_id = p and k.project_id = p and k.id = s.task_id
     and k.item_id = any (chosen) and k.stage = 'annotate' and s.claim_id is null and s.rank > -1000;
  return cardinality(chosen);
exception when not_null_violation or check_violation or foreign_key_violation or invalid_text_representation
          or numeric_value_out_of_range or invalid_parameter_value or cardinality_violation then
  raise exception 'These items do not fit.' using errcode = 'AN007';
end $$;
