-- What a project keeps of people. What is switched off is left out of whatever comes in, whoever sends it and however old
-- their program is: nobody's work is refused for it.

-- An Edit's note without what is not kept of suggestions: how long each was in view (a time), and whether it was played.
create or replace function annodesk.kept_note(note json, keeps_times boolean, keeps_played boolean) returns json immutable parallel safe
language sql as $$
  select coalesce(json_object_agg(key, case key when 'suggestions' then json_build_object('of', value -> 'of', 'mode', value -> 'mode', 'answered',
      coalesce((select json_agg(json_build_array(a -> 0, a -> 1, case when keeps_times then a -> 2 end, case when keeps_played then a -> 3 end)
                                order by n) from json_array_elements(value -> 'answered') with ordinality as x (a, n)), '[]')) else value end), '{}')
    from json_each(note)
   where key <> 'suggestions' or json_typeof(value -> 'answered') = 'array';
$$;

create or replace function annodesk.keep_to_rules() returns trigger security definer
set search_path = annodesk, pg_temp language plpgsql as $$
declare rules project_rules; day constant bigint := 86400000000;
  aside constant text := 'aside' || md5(random()::text); body text; said json;
begin
  select * into rules from project_rules r where r.project_id = new.project_id;
  if rules.records_times and rules.records_suggestions and rules.records_played then return new; end if;
  if not rules.records_times then
    new.elapsed_us := 0;
    new.server_offset_us := null;
    new.made_at_us := new.made_at_us - new.made_at_us % day;
    new.received_at_us := new.received_at_us - new.received_at_us % day;
  end if;
  body := new.body::text;
  if strpos(body, '\u') > 0 then
    -- A sign that PostgreSQL cannot tell as text (no character, or half of one) is put aside meanwhile, as nobody can guess.
    body := regexp_replace(replace(body, '\\', aside || 'b'), '\\u(?=0000|[dD][89a-fA-F])', aside || 'u', 'g');
  end if;
  said := body;
  if json_typeof(said -> 'note' -> 'suggestions') is not null then
    select json_object_agg(key, case when key <> 'note' then value when rules.records_suggestions
        then kept_note(value, rules.records_times, rules.records_played)
        else (select coalesce(json_object_agg(n.key, n.value), '{}') from json_each(value) n where n.key <> 'suggestions') end)
      into said from json_each(said);
    new.body := replace(replace(said::text, aside || 'u', '\u'), aside || 'b', '\\');
  end if;
  return new;
end $$;

create or replace trigger keep_to_rules before insert on annodesk.edit for each row execute function annodesk.keep_to_rules();

-- That somebody was shown figures of single people, one of a kind and day; nothing where the project keeps no looks.
create or replace function annodesk.note_look(p text, what text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'analyst', 'manager');
begin
  if what not in ('who takes what for what', 'how often answers meet confirmed ones')
     or not exists (select from project_rules where project_id = p and records_looks) then return; end if;
  insert into look (project_id, day, person_id, kind, at_us) values (p, now_us() / 86400000000, me, what, now_us())
    on conflict (project_id, day, person_id, kind) do update set at_us = excluded.at_us;
end $$;

-- Who looked, for everybody whose figures those may have been, but what they themselves did.
create or replace function annodesk.looks_at_people(p text) returns table (name text, kind text, at_us bigint)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'annotator', 'analyst', 'manager');
begin
  return query select coalesce(n.name, ''), l.kind, l.at_us from look l left join person_name n on n.person_id = l.person_id
    where l.project_id = p and l.person_id <> me order by l.day desc, l.at_us desc limit 200;
end $$;
