-- Taking an item down: the one exception to a history that nobody changes. The first call closes the item, so that
-- whatever arrives from then on is blanked as it comes in; the second blanks what is there. The rule is that of
-- model/takedown.py, on text that is canonical: sorted keys, no white space. What blanks a record names its functions in
-- full rather than setting a search_path: it is called some thirty times a record.

create or replace function annodesk.canonical(v json) returns text immutable parallel safe
language plpgsql as $$
declare kind text := json_typeof(v);
begin
  if kind = 'string' then return to_json(v #>> '{}')::text;
  elsif kind = 'object' then
    return (select '{' || coalesce(string_agg(to_json(key)::text || ':' || annodesk.canonical(value), ',' order by key collate "C"), '') || '}'
              from json_each(v));
  elsif kind = 'array' then
    return (select '[' || coalesce(string_agg(annodesk.canonical(value), ',' order by n), '') || ']'
              from json_array_elements(v) with ordinality as a (value, n));
  end if;
  return btrim(v::text, E' \t\n\r');
end $$;

-- A word of the project's own: it stands in quotes in the project's file.
create or replace function annodesk.is_known(word text, files text) returns boolean immutable parallel safe language sql
begin atomic
  select word in ('not sure', 'checked, none') or strpos(files, to_json(word)::text) > 0 or strpos(files, '''' || word || '''') > 0;
end;

create or replace function annodesk.blank_value(v json, question text, files text) returns text immutable parallel safe
language plpgsql as $$
declare kind text := json_typeof(v);
begin
  if kind in ('number', 'boolean') then return annodesk.canonical(v);
  elsif kind = 'string' and (annodesk.is_known(v #>> '{}', files)
      or (question in ('ruling', 'suggestion') and v #>> '{}' ~ '^[A-Za-z]{1,16}$')) then return annodesk.canonical(v);
  elsif kind = 'array' then
    return (select '[' || coalesce(string_agg(annodesk.canonical(value), ',' order by n), '') || ']'
              from json_array_elements(v) with ordinality as a (value, n)
             where json_typeof(value) = 'string' and annodesk.is_known(value #>> '{}', files));
  end if;
  return '""';
end $$;

-- The parts of a record that may stay, of those named (in order), when they are no records themselves.
create or replace function annodesk.scalars(v json, names text[]) returns text immutable parallel safe
language plpgsql as $$
declare name text; part json; kept text;
begin
  foreach name in array names loop
    part := v -> name;
    if json_typeof(part) in ('string', 'number', 'boolean', 'null') then
      kept := concat_ws(',', kept, '"' || name || '":' || annodesk.canonical(part));
    end if;
  end loop;
  return kept;
end $$;

create or replace function annodesk.blank_origin(v json) returns text immutable parallel safe
language plpgsql as $$
declare inner_part json := v -> 'suggestion'; left_over text;
begin
  if json_typeof(inner_part) = 'object' then
    left_over := '"suggestion":{' || concat_ws(',', annodesk.scalars(inner_part, array['engine_version', 'model_name', 'model_sha256', 'off_format_mass']),
      case when json_typeof(inner_part -> 'probabilities') = 'array'
           then '"probabilities":' || annodesk.canonical(inner_part -> 'probabilities') end,
      annodesk.scalars(inner_part, array['probability', 'prompt_version', 'seed'])) || '}';
  end if;
  return '{' || concat_ws(',', annodesk.scalars(v, array['kind', 'source']), left_over) || '}';
end $$;

create or replace function annodesk.blank_element(e json, files text) returns text immutable parallel safe
language plpgsql as $$
declare kept text;
begin
  if json_typeof(e -> 'attributes') = 'object' then
    select string_agg(to_json(key)::text || ':' || annodesk.canonical(value), ',' order by key collate "C") into kept
      from json_each(e -> 'attributes') where annodesk.is_known(key, files) and (json_typeof(value) in ('number', 'boolean')
        or (json_typeof(value) = 'string' and annodesk.is_known(value #>> '{}', files)));
  end if;
  return '{' || concat_ws(',',
    annodesk.scalars(e, array['asset']), '"attributes":{' || kept || '}',
    annodesk.scalars(e, array['channel', 'end', 'end_us', 'high_hz', 'id', 'kind']),
    case when json_typeof(e -> 'labels') = 'array' then '"labels":[' || coalesce((select string_agg(annodesk.canonical(value), ',' order by n)
      from json_array_elements(e -> 'labels') with ordinality as a (value, n) where json_typeof(value) = 'string'), '') || ']' end,
    annodesk.scalars(e, array['low_hz']),
    case when json_typeof(e -> 'origin') = 'object' then '"origin":' || annodesk.blank_origin(e -> 'origin') end,
    annodesk.scalars(e, array['parent', 'question', 'source', 'start', 'start_us', 'target', 'tier', 'type']),
    case when e -> 'value' is not null then '"value":' || annodesk.blank_value(e -> 'value', e ->> 'question', files) end) || '}';
end $$;

-- Nothing is left of what cannot be understood: no record of a stranger's making keeps its item from being blanked.
create or replace function annodesk.blank_edit(body json, format int, files text) returns json immutable parallel safe
language plpgsql as $$
declare nothing constant json := '{"changes":[],"purged":true,"verb":""}'; changes text;
begin
  if format <> 1 or json_typeof(body -> 'changes') is distinct from 'array' or exists (
      select from json_array_elements(body -> 'changes') c where json_typeof(c) <> 'object'
         or coalesce(json_typeof(c -> 'before'), 'null') not in ('null', 'object')
         or coalesce(json_typeof(c -> 'after'), 'null') not in ('null', 'object')) then return nothing; end if;
  select coalesce(string_agg('{"after":' || case when json_typeof(c -> 'after') = 'object' then annodesk.blank_element(c -> 'after', files) else 'null' end
      || ',"before":' || case when json_typeof(c -> 'before') = 'object' then annodesk.blank_element(c -> 'before', files) else 'null' end || '}',
      ',' order by n), '') into changes from json_array_elements(body -> 'changes') with ordinality as a (c, n);
  return ('{' || concat_ws(',', '"changes":[' || changes || ']',
    case when json_typeof(body -> 'handed_in') = 'number' then '"handed_in":' || annodesk.canonical(body -> 'handed_in') end,
    '"purged":true',
    case when json_typeof(body -> 'resolves') = 'array' then '"resolves":[' || coalesce((select string_agg(annodesk.canonical(value), ',' order by n)
      from json_array_elements(body -> 'resolves') with ordinality as a (value, n) where json_typeof(value) = 'string'), '') || ']' end,
    '"verb":' || case when json_typeof(body -> 'verb') = 'string' then annodesk.canonical(body -> 'verb') else '""' end) || '}')::json;
exception when others then return nothing;
end $$;

create or replace function annodesk.blank_set(body json, files text) returns json immutable parallel safe
language plpgsql as $$
begin
  return ('{' || concat_ws(',', case when json_typeof(body -> 'author') = 'string' then '"author":' || annodesk.canonical(body -> 'author') end,
    '"elements":[' || coalesce((select string_agg(annodesk.blank_element(e, files), ',' order by n)
      from json_array_elements(body -> 'elements') with ordinality as a (e, n) where json_typeof(e) = 'object'), '') || ']',
    '"purged":true') || '}')::json;
exception when others then return '{"elements":[],"purged":true}';
end $$;

-- What the digest of a blanked set is: elements by id, as every workstation counts it.
create or replace function annodesk.digest_of(body json) returns text immutable parallel safe
language sql as $$
  select encode(sha256(convert_to('[' || coalesce(string_agg(annodesk.canonical(e), ',' order by e ->> 'id' collate "C"), '') || ']', 'UTF8')), 'hex')
    from json_array_elements(body -> 'elements') e;
$$;

-- The project's files, up to the version that stood when an item was taken down; null where it was not.
create or replace function annodesk.words_left(p text, i text) returns text stable security definer
set search_path = annodesk, pg_temp language sql as $$
  select string_agg(v.file, E'\n' order by v.version) from takedown t
    join project_version v on v.project_id = t.project_id and v.version <= t.version
   where t.project_id = p and t.item_id = i group by t.item_id;
$$;

create or replace function annodesk.item_of(p text, s text, t text) returns text stable security definer
set search_path = annodesk, pg_temp language sql as $$
  select k.item_id from task k where k.project_id = p
     and k.id = coalesce(t, (select a.task_id from annotation_set a where a.project_id = p and a.id = s));
$$;

-- Blanks what comes in about an item that was taken down, whoever brings it and by whatever way.
create or replace function annodesk.stay_blank() returns trigger security definer
set search_path = annodesk, pg_temp language plpgsql as $$
declare files text; i text;
begin
  -- An older view of things than that of now might miss that something was taken down just before.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'Work is brought in read committed.' using errcode = 'AN007';
  end if;
  -- Numbered before it looks: who missed a takedown that was not committed yet is found to be older than its fence.
  perform pg_current_xact_id();
  if not exists (select from takedown t where t.project_id = new.project_id) then return new; end if;
  if tg_table_name in ('edit', 'set_snapshot', 'submission', 'comment') then i := item_of(new.project_id, new.set_id, null);
  elsif tg_table_name in ('suggestion', 'claim') then i := item_of(new.project_id, null, new.task_id);
  elsif tg_table_name = 'item' then i := new.id;
  else i := new.item_id; end if;
  files := words_left(new.project_id, i);
  if files is null then return new; end if;
  case tg_table_name
    when 'edit' then new.body := blank_edit(new.body, new.format, files);
    when 'set_snapshot' then
      new.body := blank_set(new.body, files); new.digest := digest_of(new.body);
      update submission set digest = new.digest where project_id = new.project_id and set_id = new.set_id and head = new.head;
    when 'suggestion' then new.body := blank_set(new.body, files); new.digest := digest_of(new.body);
    when 'submission' then
      -- A digest that was counted with the words in it is no digest of what is left; it comes with the next snapshot.
      new.reason := '';
      if tg_op = 'INSERT' or new.digest = old.digest then
        new.digest := coalesce((select n.digest from set_snapshot n where n.project_id = new.project_id
          and n.set_id = new.set_id and n.head = new.head order by n.number desc limit 1), 'purged');
      end if;
    when 'comment' then new.text := '';
    when 'told_ruling' then new.body := '{}'; new.words := ''; new.objection := '';
    when 'claim' then new.note := '';
    when 'escalation' then new.evidence := '{}';
    when 'item' then new.metadata := '{}';
    when 'inquiry' then new.words := ''; new.answer := ''; new.place := '';
    when 'precedent' then
      new.words := ''; new.quote := ''; new.clip := '{}'; new.removed_at_us := coalesce(new.removed_at_us, now_us());
    when 'asset' then new.root := ''; new.path := 'taken-down'; new.url := '';
    else null;
  end case;
  return new;
end $$;

do $$ declare t text; begin
  foreach t in array array['edit', 'set_snapshot', 'suggestion', 'submission', 'comment', 'claim', 'escalation', 'item', 'asset',
      'inquiry', 'precedent', 'told_ruling'] loop
    execute format('create or replace trigger stay_blank before insert or update on annodesk.%I for each row execute function annodesk.stay_blank()', t);
  end loop;
end $$;

-- Closes an item for good; nobody is held up, and nobody who brings something in just then can hold it up.
create or replace function annodesk.take_down(p text, i text) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); n int;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'take_down needs read committed' using errcode = 'AN007';
  end if;
  if not exists (select from item where project_id = p and id = i) then
    raise exception 'There is no such item.' using errcode = 'AN051';
  end if;
  select number into n from takedown where project_id = p and item_id = i;
  if found then return n; end if;
  perform from feed_lock l where l.project_id = p for no key update;
  insert into takedown (project_id, item_id, number, version, by_person, made_at_us, fence)
    select p, i, coalesce(max(t.number), 0) + 1, (select max(v.version) from project_version v where v.project_id = p), me, now_us(),
           -pg_current_xact_id()::text::bigint
      from takedown t where t.project_id = p on conflict do nothing;
  perform end_claims(p, array(select c.id from claim c join task k on k.project_id = c.project_id and k.id = c.task_id
    where c.project_id = p and k.item_id = i and k.stage = 'annotate' and c.state in ('leased', 'parked', 'recalled', 'returned')
    order by c.id for no key update of c), me, true);
  perform tell(p, 'members', 'takedown', null);
  return (select number from takedown where project_id = p and item_id = i);
end $$;

-- Blanks all there is of an item that was taken down; done again it changes nothing. Returns how many Edits it blanked.
-- It is done when everybody has ended who may have brought something in before they could know of the takedown: those
-- whose transactions are older than the first call of this function.
create or replace function annodesk.blank_item(p text, i text) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare files text := words_left(p, i); sets text[]; tasks text[]; n int; is_last boolean;
begin
  if not pg_has_role(session_user, 'annodesk_worker', 'member') then perform require_role(p, 'manager'); end if;
  if files is null then raise exception 'This item was not taken down.' using errcode = 'AN052'; end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'blank_item needs read committed' using errcode = 'AN007';
  end if;
  if exists (select from takedown where project_id = p and item_id = i and fence = -pg_current_xact_id()::text::bigint) then
    raise exception 'blank_item needs a transaction of its own' using errcode = 'AN007';
  end if;
  update takedown set fence = pg_current_xact_id()::text::bigint
   where project_id = p and item_id = i and coalesce(fence, -1) < 0;
  select pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= fence into is_last from takedown where project_id = p and item_id = i;
  select coalesce(array_agg(k.id), '{}') into tasks from task k where k.project_id = p and k.item_id = i;
  select coalesce(array_agg(a.id), '{}') into sets from annotation_set a where a.project_id = p and a.task_id = any (tasks);
  -- The trigger does the work; it leaves what is blank as it is. That an Edit is blank is not taken from its own words.
  update edit set body = body where project_id = p and set_id = any (sets) and body::text is distinct from blank_edit(body, format, files)::text;
  get diagnostics n = row_count;
  update set_snapshot set body = body where project_id = p and set_id = any (sets);
  update suggestion set body = body where project_id = p and task_id = any (tasks);
  update submission set reason = '' where project_id = p and set_id = any (sets);
  update comment set text = '' where project_id = p and set_id = any (sets);
  update claim set note = '' where project_id = p and task_id = any (tasks);
  update escalation set evidence = '{}' where project_id = p and item_id = i;
  update inquiry set words = '' where project_id = p and item_id = i;
  update precedent set words = '' where project_id = p and item_id = i;
  update told_ruling set body = '{}' where project_id = p and item_id = i;
  update set_fault set reason = 'It was taken down.' where project_id = p and set_id = any (sets);
  update item set metadata = '{}' where project_id = p and id = i;
  update asset set url = '' where project_id = p and item_id = i;
  update takedown set blanked_at_us = now_us() where project_id = p and item_id = i and blanked_at_us is null and is_last;
  perform tell(p, c.person_id, 'item', i) from (select distinct person_id from claim where project_id = p and task_id = any (tasks)) c;
  perform tell(p, 'analysts', 'item', i), tell(p, 'managers', 'item', i), tell(p, 'members', 'takedown', null);
  return n;
end $$;

-- The number of the newest takedown, for whoever is in the project.
create or replace function annodesk.newest_takedown(p text) returns int stable security definer
set search_path = annodesk, pg_temp language sql as $$
  select coalesce((select max(number) from takedown where project_id = p and exists (
    select from membership where project_id = p and person_id = current_person())), 0);
$$;

-- A workstation says that it is here and up to which takedown it has done what concerns it; it is told the newest.
create or replace function annodesk.check_in(p text, copy text, up_to int) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text; newest int; today bigint := now_us() / 86400000000 * 86400000000;
begin
  if pg_has_role(session_user, 'annodesk_worker', 'member') then me := '';
  else me := require_role(p, 'annotator', 'analyst', 'manager'); end if;
  if copy !~ '^[A-Za-z0-9-]{1,64}$' then raise exception 'This is not a valid name.' using errcode = 'AN007'; end if;
  select coalesce(max(number), 0) into newest from takedown where project_id = p;
  if (select count(*) from workstation w where w.project_id = p and w.person_id = me and w.copy_id <> copy) >= 100 then
    raise exception 'You have as many workstations as one person may.' using errcode = 'AN053';
  end if;
  insert into workstation as w (project_id, person_id, copy_id, since_us, seen_us, done) values (p, me, copy, now_us(), today, least(up_to, newest))
    on conflict (project_id, person_id, copy_id) do update set seen_us = excluded.seen_us, done = excluded.done, is_gone = false
      where (w.seen_us, w.done, w.is_gone) is distinct from (excluded.seen_us, excluded.done, false);
  return newest;
end $$;

-- For a manager: what was taken down, and every workstation that knew the project by then and has not confirmed.
create or replace function annodesk.takedowns(p text)
returns table (number int, item_id text, key text, made_at_us bigint, is_blank boolean, copy_id text, person_name text, is_member boolean, seen_us bigint)
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
begin
  perform require_role(p, 'manager');
  return query select t.number, t.item_id, i.key, t.made_at_us, t.blanked_at_us is not null, w.copy_id,
      case when w.person_id = '' then 'worker' else coalesce(n.name, '') end,
      w.person_id = '' or exists (select from membership m where m.project_id = p and m.person_id = w.person_id), w.seen_us
    from takedown t join item i on i.project_id = t.project_id and i.id = t.item_id
    left join workstation w on w.project_id = t.project_id and w.since_us <= t.made_at_us and w.done < t.number and not w.is_gone
    left join person_name n on n.person_id = w.person_id
   where t.project_id = p order by t.number, w.copy_id;
end $$;

-- A workstation that nobody will ever open again is no longer waited for; that somebody said so is kept.
create or replace function annodesk.give_up_copy(p text, copy text) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); n int;
begin
  update workstation set is_gone = true where project_id = p and copy_id = copy and not is_gone;
  get diagnostics n = row_count;
  insert into state_change (project_id, subject, subject_id, after, by, made_at_us) select p, 'workstation', copy, 'gone', me, now_us() where n > 0;
  return n;
end $$;
