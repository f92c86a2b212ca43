-- What the server's own search heeds beside skills: a day's share of sensitive content, and a newcomer's first tasks.

-- How much sensitive content somebody has taken in the last 24 hours, in microseconds; null where there is no limit.
create or replace function annodesk.sensitive_today(p text, me text) returns bigint
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  -- Nothing is counted where nothing is agreed: it would take longer with every task.
  if not exists (select from project_rules where project_id = p and sensitive_minutes is not null) then return null; end if;
  return (select coalesce(sum(k.end_us - k.start_us), 0) from claim c join task k on k.project_id = p and k.id = c.task_id
      join item i on i.project_id = p and i.id = k.item_id
     where c.project_id = p and c.person_id = me and c.made_at_us >= now_us() - 86400000000 and is_sensitive(i.metadata));
end $$;

create or replace function annodesk.is_sensitive(metadata json) returns boolean immutable parallel safe language sql as $$
  select v ~ '[^,;|[:space:]]' and v not in ('false', '0', '[]', '{}') from field_value(metadata, 0, 'sensitive') v;
$$;

-- Whether a task fits in what is left of the day; the first one may be longer, or nobody could ever take it.
create or replace function annodesk.fits_day(p text, t text, had bigint) returns boolean
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  if coalesce(had, 0) = 0 then return true; end if;
  return not exists (select from task k join item i on i.project_id = p and i.id = k.item_id
    join project_rules r on r.project_id = p
   where k.project_id = p and k.id = t and is_sensitive(i.metadata)
     and (had + k.end_us - k.start_us) / 6e7 > r.sensitive_minutes);
end $$;

-- Whoever is given anything else has begun: written down, so that references are looked at no more with what they take.
create or replace function annodesk.end_first_tasks(p text, me text) returns void
security definer set search_path = annodesk, pg_temp language sql as $$
  update claim_from set rank = 1 where project_id = p and person_id = me and stage = '' and batch_id = '' and rank = 0;
$$;

create or replace function annodesk.is_newcomer(p text, me text) returns boolean
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare taken int; open_ones int;
begin
  if exists (select from claim_from where project_id = p and person_id = me and stage = '' and batch_id = '' and rank = 1) then
    return false;
  end if;
  select count(*), count(r.item_id) into taken, open_ones
    from (select task_id from claim where project_id = p and person_id = me limit 11) c
    join task k on k.project_id = p and k.id = c.task_id
    left join reference_item r on r.project_id = p and r.item_id = k.item_id and not r.is_hidden;
  if taken = open_ones and taken < 10 then return true; end if;
  perform end_first_tasks(p, me);
  return false;
end $$;

-- A place on an open reference for a newcomer, made where none is free; null where there is none for them.
create or replace function annodesk.first_place(p text, me text, had bigint) returns annodesk.slot
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare place slot; wanted text;
begin
  if not is_newcomer(p, me) then return null; end if;
  select k.id into wanted from (select n.item_id from reference_item n where n.project_id = p and not n.is_hidden
      and n.suspended_at_us is null order by n.made_at_us desc limit 100) r
    join task k on k.project_id = p and k.item_id = r.item_id and k.stage = 'annotate'
   where may_take_reference(p, me, k.id) and fits_day(p, k.id, had)
   order by md5(me || k.id) limit 1;
  if wanted is null then return null; end if;
  for attempt in 1..5 loop
    select sl.* into place from slot sl where sl.project_id = p and sl.task_id = wanted and sl.claim_id is null and sl.stage = 'closed'
     order by sl.number limit 1 for update of sl skip locked;
    exit when place.id is not null;
    -- Another newcomer may make one just then: the number is taken, and the next one is tried.
    insert into slot (project_id, id, task_id, number, shows_suggestions, stage, batch_id, rank)
      select p, gen_random_uuid()::text, wanted, coalesce(max(sl.number), 0) + 1, false, 'closed', i.batch_id, 0
        from task k join item i on i.project_id = p and i.id = k.item_id
        left join slot sl on sl.project_id = p and sl.task_id = k.id where k.project_id = p and k.id = wanted group by i.batch_id
      on conflict do nothing;
  end loop;
  return place;
end $$;

-- The confirmed answer to a first task that its person has handed in, to be told how it went. From then on the item is
-- never theirs again, what they say on it counts as it stood, and no figure of theirs holds it.
create or replace function annodesk.first_feedback(p text, c text) returns table (body json, still_to_come int)
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare held claim := own_claim(p, c); i text; known reference_item; first submission; answer_id text; done int; there int;
begin
  select k.item_id into i from task k where k.project_id = p and k.id = held.task_id and k.stage = 'annotate';
  select r.* into known from reference_item r where r.project_id = p and r.item_id = i and not r.is_hidden and r.suspended_at_us is null
     and not exists (select from takedown d where d.project_id = p and d.item_id = i);
  select s.* into first from submission s where s.project_id = p and s.set_id = held.set_id order by s.number limit 1;
  if held.state <> 'submitted' or known.item_id is null or first.set_id is null or first.made_at_us <= known.made_at_us then return; end if;
  select l.set_id into answer_id from settlement l where l.project_id = p and l.task_id = held.task_id and l.settled_by = 'adjudication'
     and l.made_at_us <= known.made_at_us order by l.made_at_us desc, l.id desc limit 1;
  if answer_id is null and (select count(*) from task k where k.project_id = p and k.item_id = i and k.stage = 'annotate') = 1 then
    answer_id := known.set_id;
  end if;
  if not exists (select from set_snapshot n where n.project_id = p and n.set_id = answer_id and n.number > 0) then return; end if;
  insert into "view" as v (project_id, set_id, independent_head, independent_until_us) values (p, held.set_id, first.head, now_us())
    on conflict (project_id, set_id) do update set independent_head = excluded.independent_head,
      independent_until_us = excluded.independent_until_us where v.independent_until_us is null;
  insert into sight (project_id, item_id, person_id) values (p, i, held.person_id) on conflict do nothing;
  select count(*) into done from (select o.task_id from claim o where o.project_id = p and o.person_id = held.person_id limit 11) mine
    join task k on k.project_id = p and k.id = mine.task_id
    join reference_item r on r.project_id = p and r.item_id = k.item_id and not r.is_hidden;
  select count(*) into there from (select from reference_item r
    where r.project_id = p and not r.is_hidden and r.suspended_at_us is null limit 10) open_ones;
  return query select n.body, greatest(0, there - done) from set_snapshot n
    where n.project_id = p and n.set_id = answer_id and n.number > 0 order by n.number desc limit 1;
end $$;
