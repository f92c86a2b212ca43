-- Who belongs to a project, and bringing a local project in. Logins are made by the administrator alone.

create or replace function annodesk.release_all(p text, whom text) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  return end_claims(p, array(select id from claim where project_id = p and person_id = whom
    and state in ('leased', 'parked', 'recalled', 'returned') order by id for no key update), coalesce(current_person(), 'administrator'));
end $$;

-- A membership alone lets nobody read or write: the login has to be one that may label at all.
create or replace function annodesk.require_may_label(whom_login text) returns void
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  if not pg_has_role(whom_login, 'annodesk_annotator', 'member') then
    raise exception 'This login may not label.' using errcode = 'AN044',
      hint = 'The administrator lets it: annodesk server add-user LOGIN --role annotator --project PROJECT';
  end if;
end $$;

create or replace function annodesk.make_annotator(p text, whom text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); whom_login text;
begin
  select n.login into whom_login from person_name n join membership m on m.person_id = n.person_id
   where m.project_id = p and n.person_id = whom limit 1;
  if whom_login is null then raise exception 'Nobody of this project who can enter is meant.' using errcode = 'AN045'; end if;
  perform require_may_label(whom_login);
  insert into membership (project_id, person_id, role) values (p, whom, 'annotator') on conflict do nothing;
  perform tell(p, whom, 'role', null), tell(p, 'managers', 'people', null);
end $$;

create or replace function annodesk.add_member(p text, whom_login text) returns text
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); whom text;
begin
  select person_id into whom from person_name where login = whom_login;
  if whom is null then raise exception 'There is no such login.' using errcode = 'AN010'; end if;
  perform require_may_label(whom_login);
  insert into membership (project_id, person_id, role) values (p, whom, 'annotator') on conflict do nothing;
  perform tell(p, whom, 'joined', null), tell(p, 'managers', 'people', null);
  return whom;
end $$;

create or replace function annodesk.remove_member(p text, whom text) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager');
begin
  if exists (select from membership where project_id = p and person_id = whom and role = 'manager') then
    raise insufficient_privilege using message = 'Only the administrator removes a manager.';
  end if;
  delete from membership where project_id = p and person_id = whom;
  perform tell(p, whom, 'left', null), tell(p, 'managers', 'people', null);
  return release_all(p, whom);
end $$;

create or replace function annodesk.remove_role(p text, whom text, what text) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager');
begin
  if what not in ('annotator', 'analyst') then
    raise insufficient_privilege using message = 'Only the administrator takes this role away.';
  end if;
  delete from membership where project_id = p and person_id = whom and role = what;
  if not found then return 0; end if;
  perform tell(p, whom, 'role', null), tell(p, 'managers', 'people', null);
  return release_all(p, whom);
end $$;

create or replace function annodesk.set_skill(p text, whom text, what text, how_well int) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager');
begin
  if not exists (select from membership where project_id = p and person_id = whom) then
    raise insufficient_privilege using message = 'You may not do this in this project.';
  end if;
  if how_well > 0 then
    insert into person_skill as s (person_id, skill, level) values (whom, what, how_well)
      on conflict (person_id, skill) do update set level = excluded.level;
  else
    delete from person_skill where person_id = whom and skill = what;
  end if;
  perform tell(p, whom, 'role', null), tell(p, 'managers', 'people', null);
end $$;

create or replace function annodesk.set_terms(p text, whom text, quota int, absent_until bigint) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'annotator', 'analyst', 'manager');
begin
  if whom <> me or quota is not null then me := require_role(p, 'manager'); end if;
  if not exists (select from membership where project_id = p and person_id = whom) then
    raise insufficient_privilege using message = 'You may not do this in this project.';
  end if;
  insert into member_terms as m (project_id, person_id, quota_a_day, absent_until_us)
    values (p, whom, nullif(quota, -1), absent_until)
    on conflict (project_id, person_id) do update set quota_a_day = case when quota is null then m.quota_a_day else nullif(quota, -1) end,
      absent_until_us = excluded.absent_until_us;
  return case when absent_until > now_us() then release_all(p, whom) else 0 end;
end $$;

create or replace function annodesk.make_project(p text, new_name text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := current_person();
begin
  if me is null then raise insufficient_privilege using message = 'You are nobody here.'; end if;
  insert into project (id, name, made_at_us) values (p, new_name, now_us());
  insert into feed_lock (project_id) values (p);
  insert into project_rules (project_id) values (p);
  insert into membership (project_id, person_id, role) values (p, me, 'manager');
end $$;

create or replace function annodesk.add_version(p text, file text, guidelines text, pictures json, model_name text,
  model_sha256 text, see_others text, show text, lease_hours float8, pack_days float8, offline_media boolean default true,
  offline_suggestions boolean default true, rules json default '{}') returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_variable
declare me text := require_role(p, 'manager'); newest int;
begin
  perform from feed_lock l where l.project_id = p for no key update;
  -- Sent again after a lost reply, it is there already.
  select max(v.version) into newest from project_version v where v.project_id = p;
  if exists (select from project_version v where v.project_id = p and v.version = newest and v.file = file
      and v.guidelines = guidelines and v.pictures::text = pictures::text and v.model_name = model_name
      and v.model_sha256 is not distinct from model_sha256) then return newest; end if;
  select coalesce(max(v.version), 0) + 1 into newest from project_version v where v.project_id = p;
  insert into project_version values (p, newest, file, guidelines, pictures, model_name, model_sha256, now_us());
  update project_rules r set see_others = add_version.see_others, show = add_version.show, lease_hours = add_version.lease_hours,
    pack_days = add_version.pack_days, offline_media = add_version.offline_media,
    offline_suggestions = add_version.offline_suggestions,
    records_played = coalesce((rules ->> 'records_played')::boolean, r.records_played),
    records_suggestions = coalesce((rules ->> 'records_suggestions')::boolean, r.records_suggestions),
    records_times = coalesce((rules ->> 'records_times')::boolean, r.records_times),
    records_looks = coalesce((rules ->> 'records_looks')::boolean, r.records_looks),
    sensitive_minutes = case when rules -> 'sensitive_minutes' is null then r.sensitive_minutes
      else (rules ->> 'sensitive_minutes')::float8 end where r.project_id = p;
  perform tell(p, 'members', 'project', null);
  return newest;
end $$;

-- The names of people who are brought in: only of those who have none and no login, so that nobody is renamed.
create or replace function annodesk.publish_names(p text, rows json) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); n int;
begin
  if exists (select from project where id = p and is_published) then
    raise exception 'This project is published already.' using errcode = 'AN011';
  end if;
  insert into person (id, made_at_us) select e->>'person_id', now_us() from json_array_elements(rows) e on conflict do nothing;
  insert into person_name (person_id, name) select e->>'person_id', e->>'name' from json_array_elements(rows) e
    on conflict do nothing;
  get diagnostics n = row_count;
  return n;
end $$;

-- Brings rows of a local project in: only while nobody else has begun to work on it, and only under its manager's own
-- name or that of people without a login. Bodies stay the text they are.
create or replace function annodesk.publish(p text, into_table text, rows json) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); n int; columns text; authors text[]; key_columns text; again text;
begin
  if exists (select from project where id = p and is_published) then
    raise exception 'This project is published already.' using errcode = 'AN011';
  end if;
  if into_table <> all (array['batch', 'batch_plan', 'item', 'item_need', 'asset', 'task', 'task_plan', 'annotation_set', 'submission',
      'edit', 'set_snapshot', 'comment', 'claim', 'view', 'slot', 'item_state', 'settlement', 'reference_item', 'score', 'escalation',
      'state_change', 'takedown', 'inquiry', 'precedent', 'reruling', 'tally', 'told_ruling', 'promise', 'sampled', 'assignment']) then
    raise insufficient_privilege using message = 'Nothing is brought into this table.';
  end if;
  if exists (select from json_array_elements(rows) e where e->>'project_id' is distinct from p) then
    raise insufficient_privilege using message = 'These rows belong to another project.';
  end if;
  select array_agg(distinct coalesce(e->>'author_id', e->>'person_id', e->>'asked_by')) into authors from json_array_elements(rows) e
   where into_table in ('edit', 'comment', 'claim', 'inquiry', 'told_ruling')
      or (into_table = 'annotation_set' and e->>'author_kind' = 'person');
  insert into person (id, made_at_us) select a, now_us() from unnest(authors) a
   where a is not null and a <> 'analyst' on conflict do nothing;      -- who gave work back is not told, so it is nobody
  if exists (select from person_name where person_id = any (authors) and login is not null and person_id <> me) then
    raise insufficient_privilege using message = 'Work is brought in under your own name, or that of people without a login.';
  end if;
  if into_table in ('edit', 'submission', 'set_snapshot', 'view') and exists (select from json_array_elements(rows) e
      left join annotation_set s on s.project_id = p and s.id = e->>'set_id' where s.brought_by is distinct from me) then
    raise insufficient_privilege using message = 'These rows belong to a set that you have not brought in.';
  end if;
  select string_agg(quote_ident(attname), ', ' order by attnum) into columns from pg_attribute
   where attrelid = ('annodesk.' || quote_ident(into_table))::regclass and attnum > 0 and not attisdropped
     and attidentity = '' and exists (select from json_array_elements(rows) e where e->attname is not null);
  if columns is null then return 0; end if;
  -- Where publishing was stopped and the work went on, what is there already is brought up to what it is now.
  select string_agg(quote_ident(attname), ', ') filter (where attnum = any (x.indkey)),
         string_agg(format('%1$I = excluded.%1$I', attname), ', ') filter (where attnum <> all (x.indkey))
    into key_columns, again from pg_attribute a join pg_index x on x.indrelid = a.attrelid and x.indisprimary
   where attrelid = ('annodesk.' || quote_ident(into_table))::regclass and attnum > 0 and not attisdropped and attidentity = '';
  if again is null or into_table in ('edit', 'submission', 'set_snapshot', 'state_change') then
    again := 'do nothing';
  else
    again := format('(%s) do update set %s', key_columns, again);
  end if;
  execute format('insert into annodesk.%I (%s) select %s from json_populate_recordset(null::annodesk.%I, $1) on conflict %s',
                 into_table, columns, columns, into_table, again) using rows;
  get diagnostics n = row_count;
  if into_table = 'item_state' then
    insert into recount (project_id, item_id) select p, e->>'item_id' from json_array_elements(rows) e;
  end if;
  if into_table = 'annotation_set' then
    update annotation_set set brought_by = me where project_id = p and brought_by is distinct from me;
  end if;
  return n;
exception when not_null_violation or check_violation or foreign_key_violation or invalid_text_representation then
  raise exception 'These rows do not fit.' using errcode = 'AN007';
end $$;

create or replace function annodesk.finish_publishing(p text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager');
begin
  update project set is_published = true where id = p;
  insert into due (project_id, item_id) select distinct p, t.item_id from claim c
    join task t on t.project_id = c.project_id and t.id = c.task_id
   where c.project_id = p and c.state in ('submitted', 'skipped');
  perform tell(p, 'members', 'project', null);
end $$;
