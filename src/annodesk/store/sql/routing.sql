-- What managers say about single tasks and members, and what people say about themselves, for routing.

-- What an item has in a field of its metadata, as text; empty for nothing, and without what PostgreSQL cannot tell as text.
-- Of "duration", which every item has, the band of its length.
create or replace function annodesk.field_value(metadata json, length_us bigint, field text) returns text
immutable parallel safe set search_path = annodesk, pg_temp language plpgsql as $$
begin
  if field = 'duration' then
    return case when length_us < 60000000 then 'under 1 min' when length_us < 600000000 then '1 to 10 min'
      when length_us < 3600000000 then '10 to 60 min' else 'over 1 h' end;
  end if;
  if strpos(metadata::text, '\u') = 0 then return coalesce(metadata ->> field, ''); end if;
  begin
    return coalesce(replace(metadata::text, '\u0000', '')::json ->> field, '');
  exception when others then
    return '';
  end;
end $$;

-- Keeps a task for one member (nobody else is given its free places), for anybody again (null), or pauses it.
create or replace function annodesk.assign_task(p text, t text, whom text, paused boolean) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager');
begin
  if not exists (select from task k join project j on j.id = p and j.is_published
                  where k.project_id = p and k.id = t and k.stage = 'annotate')
     or exists (select from task k where k.project_id = p and k.id = t and k.item_id = any (blind_items())) then
    raise exception 'It is not open any more.' using errcode = 'AN009';
  end if;
  if whom is not null and not exists (select from membership where project_id = p and person_id = whom and role = 'annotator') then
    raise exception 'Only annotators label.' using errcode = 'AN045';
  end if;
  delete from assignment where project_id = p and task_id = t;
  if whom is not null or paused then
    insert into assignment (project_id, task_id, person_id, is_paused, by_person, made_at_us)
      values (p, t, whom, coalesce(paused, false), me, now_us());
  end if;
  if whom is not null then perform tell(p, whom, 'offers', null); end if;
end $$;

-- Takes a task from whoever holds it, whose partial work is kept, and keeps it for another member. Nobody is told who.
create or replace function annodesk.reassign(p text, c text, whom text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); held claim;
begin
  select * into held from claim k where k.project_id = p and k.id = c and k.state in ('leased', 'parked', 'recalled', 'returned')
    for no key update;
  if not found then raise exception 'It is not open any more.' using errcode = 'AN009'; end if;
  perform assign_task(p, held.task_id, whom, false);
  perform end_claims(p, array[c], me, true);
end $$;

-- The same for who knows of the task alone, as managers do: of several who hold it, it is taken from whoever has done
-- nothing on it for longest. Whom it is kept for is never refused for having held it: that would tell who has.
create or replace function annodesk.reassign_task(p text, t text, whom text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager'); held claim;
begin
  -- First the claim, as everybody does who moves one: nobody waits for another in a ring.
  select * into held from claim k where k.project_id = p and k.task_id = t and k.person_id is distinct from whom
     and k.state in ('leased', 'parked', 'recalled', 'returned')
   order by greatest(k.changed_at_us, (select max(e.received_at_us) from edit e where e.project_id = p and e.set_id = k.set_id)), k.id
   limit 1 for no key update;
  perform assign_task(p, t, whom, false);
  if not exists (select from claim k where k.project_id = p and k.task_id = t and k.state in ('leased', 'parked', 'recalled', 'returned')) then
    raise exception 'Nobody holds this task.' using errcode = 'AN068';
  end if;
  if held.id is not null then perform end_claims(p, array[held.id], me, true); end if;
end $$;

create or replace function annodesk.pause_member(p text, whom text, paused boolean) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'manager');
begin
  if not exists (select from membership where project_id = p and person_id = whom) then
    raise insufficient_privilege using message = 'You may not do this in this project.';
  end if;
  insert into member_terms as m (project_id, person_id, is_paused) values (p, whom, paused)
    on conflict (project_id, person_id) do update set is_paused = excluded.is_paused;
  perform tell(p, whom, 'role', null), tell(p, 'managers', 'people', null);
end $$;

-- A person's own hours, said by them or a manager; minutes of their day, days as bits from Monday, minutes ahead of UTC.
create or replace function annodesk.set_hours(p text, whom text, begins int, ends int, days int, ahead int) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'annotator', 'analyst', 'manager');
begin
  if whom <> me then me := require_role(p, 'manager'); end if;
  if not exists (select from membership where project_id = p and person_id = whom) then
    raise insufficient_privilege using message = 'You may not do this in this project.';
  end if;
  if begins not between 0 and 1439 or ends not between 1 and 1440 or days not between 1 and 127 or ahead not between -900 and 900 then
    raise exception 'These are no hours of a day.' using errcode = 'AN007';
  end if;
  insert into member_terms as m (project_id, person_id, works_from, works_to, weekdays, utc_offset)
    values (p, whom, begins, ends, days, ahead)
    on conflict (project_id, person_id) do update set works_from = excluded.works_from, works_to = excluded.works_to,
      weekdays = excluded.weekdays, utc_offset = excluded.utc_offset;
end $$;

-- The kinds of sensitive content that the caller does not work with, in place of what they said before.
create or replace function annodesk.set_declined(p text, kinds text[]) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'annotator', 'analyst', 'manager');
begin
  if cardinality(kinds) > 50 or exists (select from unnest(kinds) k where k is null or length(k) not between 1 and 60) then
    raise exception 'This does not fit.' using errcode = 'AN007';
  end if;
  delete from declined where project_id = p and person_id = me;
  insert into declined (project_id, person_id, category) select distinct p, me, lower(k) from unnest(kinds) k;
end $$;

-- Whether somebody works now, by their own clock. A night's work belongs to the day on which it began.
create or replace function annodesk.works_now(p text, me text) returns boolean
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare m member_terms; minutes bigint; minute int; day int; begins int; ends int;
begin
  select * into m from member_terms where project_id = p and person_id = me;
  if not found or (m.works_from is null and m.works_to is null and m.weekdays = 127) then return true; end if;
  minutes := now_us() / 60000000 + m.utc_offset;
  minute := (minutes % 1440)::int; day := ((minutes / 1440 + 3) % 7)::int;
  begins := coalesce(m.works_from, 0); ends := coalesce(m.works_to, 1440);
  if begins < ends then return minute >= begins and minute < ends and (m.weekdays >> day) & 1 = 1; end if;
  if minute < begins then day := (day + 6) % 7; end if;
  return (minute >= begins or minute < ends) and (m.weekdays >> day) & 1 = 1;
end $$;

-- Whether what managers and people said lets a person have a task to label; it is asked by may_take alone.
create or replace function annodesk.is_for(p text, me text, t text, i text) returns boolean
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  if exists (select from assignment a where a.project_id = p and a.task_id = t
              and (a.is_paused or a.person_id is distinct from me)) then return false; end if;
  if exists (select from declined d where d.project_id = p and d.person_id = me) and exists (
      select from item k, regexp_split_to_table(lower(field_value(k.metadata, 0, 'sensitive')), '[,;|]') x
        join declined d on d.category = trim(x) and d.project_id = p and d.person_id = me
       where k.project_id = p and k.id = i) then return false; end if;
  -- Somebody found it in another language than theirs: it is for whoever knows one that they do not.
  return not exists (select from task k join claim c on c.project_id = p and c.task_id = k.id
                      where k.project_id = p and k.item_id = i and c.state = 'skipped' and c.reason = 'not in a language I work in'
                        and not exists (select from item_need n where n.project_id = p and n.item_id = i and n.skill = c.note))
    or not exists (select from membership m join person_skill s on s.person_id = m.person_id where m.project_id = p)
    or exists (select from person_skill s where s.person_id = me and not exists (
      select from task k join claim c on c.project_id = p and c.task_id = k.id
        join person_skill o on o.person_id = c.person_id and o.skill = s.skill
       where k.project_id = p and k.item_id = i and c.state = 'skipped' and c.reason = 'not in a language I work in'));
end $$;

-- An item that somebody found in another language than theirs needs that one, where they named one that members know.
create or replace function annodesk.pass_on(p text, held annodesk.claim, words text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare i text; said text; named text;
begin
  select k.item_id, nullif(field_value(e.metadata, 0, 'language'), '') into i, said from task k join item e on e.project_id = p and e.id = k.item_id
    where k.project_id = p and k.id = held.task_id;
  select min(s.skill) into named from membership m join person_skill s on s.person_id = m.person_id
    where m.project_id = p and lower(s.skill) = lower(trim(words));
  if named is null then return; end if;
  delete from item_need where project_id = p and item_id = i and skill = said;
  insert into item_need (project_id, item_id, skill, level) values (p, i, named, 1) on conflict do nothing;
  update claim set note = named where project_id = p and id = held.id;
end $$;
