-- What analysts and managers decide beside their own sets: work goes back, and an answer becomes a reference.

-- What was scored or escalated on work that is taken back is open again, as it was before.
create or replace function annodesk.open_again(p text, i text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare state_before text;
begin
  select state into state_before from item_state where project_id = p and item_id = i for no key update;
  if state_before not in ('scored', 'escalated') then return; end if;
  update item_state set state = 'open', changed_at_us = now_us() where project_id = p and item_id = i;
  update escalation set closed_at_us = now_us() where project_id = p and item_id = i and closed_at_us is null;
  insert into state_change (project_id, subject, subject_id, before, after, by, made_at_us)
    values (p, 'item', i, state_before, 'open', current_person(), now_us());
  insert into recount (project_id, item_id) values (p, i);
end $$;

create or replace function annodesk.require_unbiased(p text, i text) returns text
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'analyst', 'manager');
begin
  if exists (select from task k join claim c on c.project_id = k.project_id and c.task_id = k.id
              where k.project_id = p and k.item_id = i and k.stage = 'annotate' and c.person_id = me) then
    raise insufficient_privilege using message = 'You labelled this item, so somebody else decides about it.';
  end if;
  return me;
end $$;

-- With pins: words at a moment, at an element of the set, or at a place in the text. Who gives work back is not told.
create or replace function annodesk.return_work(p text, s text, words text, pins json default '[]') returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'analyst', 'manager'); held claim; i text;
begin
  select k.item_id into i from annotation_set a join task k on k.project_id = a.project_id and k.id = a.task_id
   where a.project_id = p and a.id = s and a.author_kind = 'person' and k.stage = 'annotate';
  if i is null then raise exception 'There is no such work.' using errcode = 'AN048'; end if;
  me := require_unbiased(p, i);
  select c.* into held from annotation_set a join claim c on c.project_id = a.project_id and c.task_id = a.task_id and c.set_id = a.id
   where a.project_id = p and a.id = s for no key update of c;
  if not found or held.state <> 'submitted' then
    raise exception 'Only what was handed in can be returned.' using errcode = 'AN046';
  end if;
  if exists (select from item_state where project_id = p and item_id = i and state = 'settled') then
    raise exception 'It is settled.' using errcode = 'AN047', hint = 'Open the item again instead.';
  end if;
  if is_disputed(p, i) then
    raise exception 'It was disputed, and is ruled again first.' using errcode = 'AN065', hint = 'Settle it.';
  end if;
  pins := coalesce(pins, '[]');
  if json_array_length(pins) > 200 or length(words) > 20000
     or exists (select from json_to_recordset(pins) as n (time_us bigint, element_id text, text_at bigint)
       where length(n.element_id) > 1000 or n.time_us not between 0 and 1e15 or n.text_at not between 0 and 2e9) then
    raise exception 'These are too many words.' using errcode = 'AN007';
  end if;
  if btrim(coalesce(words, '')) = '' and not exists (select from json_to_recordset(pins) as n (text text) where btrim(n.text) <> '') then
    raise exception 'Say what is to be done.' using errcode = 'AN043';
  end if;
  insert into comment (project_id, id, set_id, author_id, text, time_us, element_id, text_at, is_resolved, made_at_us)
    select p, gen_random_uuid()::text, s, 'analyst', left(n.text, 2000), n.time_us, n.element_id, n.text_at, false, now_us()
      from json_to_recordset(pins) as n (text text, time_us bigint, element_id text, text_at bigint) where btrim(n.text) <> '';
  perform move_claim(p, held, 'returned', '', coalesce(words, '')), open_again(p, i);
  perform tell(p, held.person_id, 'claim', i, held.id), tell(p, 'analysts', 'item', i), tell(p, 'managers', 'item', i);
end $$;

-- An adjudicated answer becomes a reference only when somebody other than its adjudicator confirms it.
create or replace function annodesk.confirm_reference(p text, i text, hidden boolean) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_unbiased(p, i); answer text;
begin
  -- First the item: whoever disputes its answer just then, or pins it, waits or is waited for.
  perform from item_state where project_id = p and item_id = i for no key update;
  if not exists (select from item_state where project_id = p and item_id = i and state = 'settled') or exists (
    select from task k left join settlement l on l.project_id = k.project_id and l.task_id = k.id and l.stands
     where k.project_id = p and k.item_id = i and k.stage = 'annotate' and l.settled_by is distinct from 'adjudication') then
    raise exception 'Only an answer that an analyst has settled becomes a reference.' using errcode = 'AN049';
  end if;
  if exists (select from task k join settlement l on l.project_id = k.project_id and l.task_id = k.id and l.stands
      join annotation_set a on a.project_id = l.project_id and a.id = l.set_id
     where k.project_id = p and k.item_id = i and a.author_id = me) then
    raise insufficient_privilege using message = 'You settled this item, so somebody else confirms it.';
  end if;
  if hidden and exists (select from precedent where project_id = p and item_id = i) then
    raise exception 'Its answer is, or was, pinned to the guidelines, so it can only be an open reference.' using errcode = 'AN067';
  end if;
  select l.set_id into answer from task k join settlement l on l.project_id = k.project_id and l.task_id = k.id and l.stands
   where k.project_id = p and k.item_id = i and k.stage = 'annotate' order by k.start_us limit 1;
  insert into reference_item as r (project_id, item_id, is_hidden, set_id, confirmed_by, made_at_us)
    values (p, i, hidden, answer, me, now_us())
    on conflict (project_id, item_id) do update set is_hidden = excluded.is_hidden, set_id = excluded.set_id,
      confirmed_by = excluded.confirmed_by, made_at_us = excluded.made_at_us, suspended_at_us = null;
  perform tell(p, 'analysts', 'reference', i), tell(p, 'managers', 'reference', i);
end $$;

-- Nothing is held against it any more, and it is given to nobody; its answer stands as before.
create or replace function annodesk.retire_reference(p text, i text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  perform require_unbiased(p, i);
  perform from item_state where project_id = p and item_id = i for no key update;
  delete from reference_item where project_id = p and item_id = i;
  perform tell(p, 'analysts', 'reference', i), tell(p, 'managers', 'reference', i);
end $$;
