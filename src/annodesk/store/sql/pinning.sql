-- Rulings pinned to a clause of the guidelines: seen by everybody but those who label that item, or a copy of it, just then.

-- It names only what a person holds, and copies of that: it tells of nobody else's work, and of no reference.
create or replace function annodesk.closed_to_me() returns text[] stable security definer parallel safe language sql
begin atomic
  select annodesk.blind_items() || coalesce(array_agg(distinct b.item_id), '{}') from annodesk.asset a
    join annodesk.asset b on b.project_id = a.project_id and b.quick_print = a.quick_print and b.item_id <> a.item_id
   where a.project_id = any (annodesk.projects_as('annotator')) and a.item_id = any (annodesk.blind_items())
     and a.quick_print <> '';
end;

-- What is needed to hear an item where its rows are not mirrored.
create or replace function annodesk.clip_of(p text, i text) returns json stable security definer
set search_path = annodesk, pg_temp language sql as $$
  select coalesce((select json_build_object('type', a.type, 'root', a.root, 'path', a.path, 'url', a.url, 'sha256', a.sha256,
      'offset_us', a.offset_us, 'quick_print', a.quick_print)
    from asset a where a.project_id = p and a.item_id = i and a.type in ('audio', 'video')
    order by a.type <> 'audio', a.position limit 1), '{}'::json);
$$;

create or replace function annodesk.pin_precedent(p text, pinned json) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare said precedent; me text; state_now text;
begin
  said := json_populate_record(null::precedent, pinned);
  me := require_unbiased(p, said.item_id);
  if exists (select from precedent where project_id = p and id = said.id and made_by = me) then return; end if;
  -- Whoever makes a reference of it just then waits, or is waited for.
  select state into state_now from item_state where project_id = p and item_id = said.item_id for no key update;
  if state_now is null or exists (select from takedown where project_id = p and item_id = said.item_id) then
    raise exception 'There is no such item.' using errcode = 'AN051';
  end if;
  if said.source = 'answer' then
    if not exists (select from inquiry where project_id = p and item_id = said.item_id and state = 'answered') then
      raise exception 'Only an answer can be pinned.' using errcode = 'AN065';
    end if;
  elsif coalesce(said.source, '') <> 'ruling' or state_now not in ('escalated', 'settled') then
    raise exception 'Only a ruling can be pinned.' using errcode = 'AN065';
  end if;
  if exists (select from reference_item where project_id = p and item_id = said.item_id and is_hidden and suspended_at_us is null) then
    raise exception 'It is a hidden reference item, so its answer stays hidden.' using errcode = 'AN066';
  end if;
  if btrim(coalesce(said.clause, '')) = '' or btrim(coalesce(said.words, '')) = '' then
    raise exception 'Say which clause it is about, and what was ruled.' using errcode = 'AN043';
  end if;
  if length(said.clause) > 300 or length(said.words) > 1000 or length(coalesce(said.quote, '')) > 500
     or coalesce(length(said.id), 0) not between 1 and 100 or json_typeof(said.labels) is distinct from 'array'
     or length(said.labels::text) > 2000 or said.end_us < said.start_us
     or exists (select from json_array_elements(said.labels) one where json_typeof(one) <> 'string') then
    raise exception 'This is not a precedent.' using errcode = 'AN007';
  end if;
  insert into precedent (project_id, id, clause, item_id, source, words, labels, quote, clip, start_us, end_us, made_by, made_at_us)
    select p, said.id, btrim(said.clause), said.item_id, said.source, btrim(said.words), said.labels, coalesce(said.quote, ''),
           clip_of(p, said.item_id), said.start_us, said.end_us, me, now_us() where said.source = 'ruling' union all
    select p, said.id, btrim(said.clause), said.item_id, said.source, btrim(said.words), '[]', '', '{}', null, null, me, now_us()
     where said.source = 'answer';
  perform tell(p, 'members', 'project', null);
exception when unique_violation or not_null_violation or invalid_text_representation or numeric_value_out_of_range
          or invalid_parameter_value then
  raise exception 'This is not a precedent.' using errcode = 'AN007';
end $$;

create or replace function annodesk.unpin_precedent(p text, one text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'analyst', 'manager');
begin
  update precedent set removed_at_us = now_us(), removed_by = me
   where project_id = p and id = one and removed_at_us is null and item_id <> all (closed_to_me());
  if found then perform tell(p, 'members', 'project', null); end if;
end $$;
