-- Taking work and handing it in. A place's number, and all that concerns others, is never returned.

-- Skills as people write them ("medical:2, legal"), as needs.read_needs reads them.
create or replace function annodesk.needs_in(words text) returns table (skill text, level int)
immutable parallel safe set search_path = annodesk, pg_temp language sql as $$
  select btrim(regexp_replace(w, ':\s*\d{1,4}\s*$', '')), coalesce(substring(w from ':\s*(\d{1,4})\s*$')::int, 1)
    from regexp_split_to_table(words, '[,;|]') w where btrim(w) <> '';
$$;

-- Whether a person has all that an item takes: what it needs itself, and what its batch asks for.
create or replace function annodesk.can_do(p text, me text, i text) returns boolean
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare asked text;
begin
  if exists (select from item_need n where n.project_id = p and n.item_id = i and not exists (
      select from person_skill s where s.person_id = me and s.skill = n.skill and s.level >= n.level)) then return false; end if;
  select b.needs into asked from item k join batch b on b.project_id = p and b.id = k.batch_id where k.project_id = p and k.id = i;
  return coalesce(asked, '') = '' or not exists (select from needs_in(asked) n where not exists (
    select from person_skill s where s.person_id = me and s.skill = n.skill and s.level >= n.level));
end $$;

create or replace function annodesk.may_take(p text, me text, t text, wanted text) returns boolean
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare i text; state_now text;
begin
  if exists (select from claim where project_id = p and person_id = me and task_id = t) then return false; end if;
  select k.item_id, s.state into i, state_now from task k
    join item_state s on s.project_id = k.project_id and s.item_id = k.item_id where k.project_id = p and k.id = t;
  if wanted = 'annotate' then
    if state_now not in ('open', 'reopened') or exists (select from sight where project_id = p and item_id = i and person_id = me)
       or exists (select from takedown where project_id = p and item_id = i)
       -- Its answer hangs in the guidelines, where everybody has read it.
       or exists (select from precedent where project_id = p and item_id = i and source = 'ruling')
       or not is_for(p, me, t, i) then return false; end if;
  elsif state_now <> 'escalated' then return false;
  end if;
  -- Nobody reviews what they labelled, and nobody labels what they have reviewed.
  if exists (select from task k join claim c on c.project_id = k.project_id and c.task_id = k.id
              where k.project_id = p and k.item_id = i and k.stage <> wanted and c.person_id = me) then return false; end if;
  return can_do(p, me, i);
end $$;

-- Whether a batch gives out work: it is open, and what is to be labelled in it waits for no pilot made before it. A pilot
-- gates what comes after it until a manager has passed it, or a later one.
create or replace function annodesk.gives_out(p text, b text, wanted text) returns boolean
stable security definer set search_path = annodesk, pg_temp language sql as $$
  select exists (select from batch x where x.project_id = p and x.id = b and x.state = 'open'
    and (wanted <> 'annotate' or x.is_pilot or not exists (
      select from batch g where g.project_id = p and g.is_pilot and g.passed_at_us is null and g.id < x.id
        and not exists (select from batch h where h.project_id = p and h.passed_at_us is not null and h.id > g.id))));
$$;

-- Whether a person may be given a settled item among their work: it is a reference, and they know nothing of it. Asked
-- only of what they were offered: whoever names a task is never told.
create or replace function annodesk.may_take_reference(p text, me text, t text) returns boolean
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare i text;
begin
  select k.item_id into i from task k join item_state s on s.project_id = k.project_id and s.item_id = k.item_id
    join reference_item r on r.project_id = k.project_id and r.item_id = k.item_id and r.suspended_at_us is null
   where k.project_id = p and k.id = t and k.stage = 'annotate' and s.state = 'settled';
  return i is not null and is_for(p, me, t, i)
    and not exists (select from claim c join task k on k.project_id = c.project_id and k.id = c.task_id
      where k.project_id = p and k.item_id = i and c.person_id = me and (k.id = t or k.stage <> 'annotate'))
    and not exists (select from sight where project_id = p and item_id = i and person_id = me)
    and not exists (select from takedown where project_id = p and item_id = i)
    and not exists (select from precedent where project_id = p and item_id = i and source = 'ruling')
    and can_do(p, me, i);
end $$;

-- A person's hold on a place that is locked for them, with a set of their own.
create or replace function annodesk.hold(p text, me text, place annodesk.slot, wanted text)
returns table (claim_id text, task_id text, set_id text, lease_until_us bigint, shows_suggestions boolean)
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare c text := gen_random_uuid()::text; s text := gen_random_uuid()::text; until bigint; newest int;
begin
  select now_us() + (r.lease_hours * 3600000000)::bigint into until from project_rules r where r.project_id = p;
  select max(v.version) into newest from project_version v where v.project_id = p;
  insert into annotation_set (project_id, id, task_id, author_kind, author_id, round, project_version, made_at_us)
    values (p, s, place.task_id, case wanted when 'review' then 'adjudicator' else 'person' end, me, 1, newest, now_us())
    on conflict do nothing;
  if not found then return; end if;      -- the same person, on another machine, was faster: the client asks again
  insert into claim (project_id, id, task_id, person_id, set_id, state, shows_suggestions, lease_until_us, made_at_us, changed_at_us)
    values (p, c, place.task_id, me, s, 'leased', place.shows_suggestions, until, now_us(), now_us());
  update slot sl set claim_id = c where sl.project_id = p and sl.id = place.id;
  insert into state_change (project_id, subject, subject_id, after, by, made_at_us) values (p, 'claim', c, 'leased', me, now_us());
  perform tell(p, me, 'claim', (select k.item_id from task k where k.project_id = p and k.id = place.task_id), c);
  return query select c, place.task_id, s, until, place.shows_suggestions;
end $$;

-- The best open offer, else plain priority: batch by batch, from where this person's last search ended.
create or replace function annodesk.claim(p text, wanted text default 'annotate')
returns table (claim_id text, task_id text, set_id text, lease_until_us bigint, shows_suggestions boolean)
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text; rules project_rules; b text; place slot; after_rank int; after_task text; had bigint; is_first boolean;
begin
  if wanted = 'annotate' then me := require_role(p, 'annotator');
  elsif wanted = 'review' then me := require_role(p, 'analyst', 'manager');
  else raise invalid_parameter_value using message = 'There is no such stage.'; end if;
  -- No lock on the membership: an annotator's idle transaction could keep a manager from removing them.
  select r.* into rules from project_rules r join project on project.id = r.project_id and project.is_published
   where r.project_id = p;
  if not found then return; end if;
  perform require_room(p, me);
  -- What went back unseen was chosen for this person before, and counts for the day on which it was.
  return query select a.claim_id, a.task_id, a.set_id, a.lease_until_us, a.shows_suggestions from take_again(p, me, wanted) a;
  if found then return; end if;
  perform require_quota(p, me);

  if wanted = 'annotate' then
    had := sensitive_today(p, me);
    place := first_place(p, me, had);
    is_first := place.id is not null;
  end if;
  if wanted = 'annotate' and place.id is null then
    -- What a manager keeps for this person comes before all else.
    select sl.* into place from assignment a join slot sl on sl.project_id = a.project_id and sl.task_id = a.task_id
       and sl.claim_id is null and sl.stage = wanted
     where a.project_id = p and a.person_id = me and gives_out(p, sl.batch_id, wanted) and may_take(p, me, a.task_id, wanted)
       and fits_day(p, a.task_id, had)
     order by a.made_at_us, sl.number limit 1 for update of sl skip locked;
  end if;
  if place.id is null then
    select sl.* into place from offer_rank o join slot sl on sl.project_id = o.project_id and sl.task_id = o.task_id
       and sl.claim_id is null and (sl.stage = wanted or sl.stage = 'closed' and wanted = 'annotate')
     where o.project_id = p and o.person_id = me and case sl.stage when 'closed' then may_take_reference(p, me, o.task_id)
       else gives_out(p, sl.batch_id, wanted) and may_take(p, me, o.task_id, wanted) end and fits_day(p, o.task_id, had)
     order by o.rank, sl.number limit 1 for update of sl skip locked;
  end if;
  if place.id is null then
    perform free_expired(p, 10);
    for b in select id from batch where project_id = p and gives_out(p, id, wanted)
              order by is_pilot desc, priority desc, deadline_us nulls last, id loop
      after_rank := null; after_task := null;
      select f.rank, f.task_id into after_rank, after_task from claim_from f
       where f.project_id = p and f.person_id = me and f.stage = wanted and f.batch_id = b;
      for pass in 1..2 loop
        select sl.* into place from slot sl where sl.project_id = p and sl.stage = wanted and sl.batch_id = b
           and sl.claim_id is null
           and (sl.rank, sl.task_id) > (coalesce(after_rank, -2147483648), coalesce(after_task, ''))
           and may_take(p, me, sl.task_id, wanted) and fits_day(p, sl.task_id, had)
         order by sl.rank, sl.task_id, sl.number limit 1 for update of sl skip locked;
        exit when place.id is not null or after_task is null;
        after_rank := null; after_task := null;
      end loop;
      exit when place.id is not null;
    end loop;
    if place.id is not null then
      insert into claim_from (project_id, person_id, stage, batch_id, rank, task_id)
        values (p, me, wanted, place.batch_id, place.rank, place.task_id)
        on conflict (project_id, person_id, stage, batch_id)
        do update set rank = excluded.rank, task_id = excluded.task_id;
    end if;
  end if;
  if place.id is null then return; end if;
  if not is_first then perform end_first_tasks(p, me); end if;

  return query select h.claim_id, h.task_id, h.set_id, h.lease_until_us, h.shows_suggestions from hold(p, me, place, wanted) h;
end $$;

-- A review that an analyst has chosen from the queue; one that they had given back is taken up again.
create or replace function annodesk.claim_review(p text, t text)
returns table (claim_id text, task_id text, set_id text, lease_until_us bigint, shows_suggestions boolean)
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'analyst', 'manager'); place slot; held claim;
begin
  if not exists (select from task k join project j on j.id = k.project_id and j.is_published
                  where k.project_id = p and k.id = t and k.stage = 'review') then
    raise exception 'It is not open any more.' using errcode = 'AN009';
  end if;
  select c.* into held from claim c where c.project_id = p and c.task_id = t and c.person_id = me for no key update;
  if found then
    if held.state = 'expired' then perform resume(p, held.id);
    elsif held.state <> 'leased' then raise exception 'It is not open any more.' using errcode = 'AN009'; end if;
    return query select c.id, c.task_id, c.set_id, c.lease_until_us, c.shows_suggestions from claim c
      where c.project_id = p and c.id = held.id;
    return;
  end if;
  perform require_room(p, me), require_quota(p, me);
  if not may_take(p, me, t, 'review') then raise exception 'It is not open any more.' using errcode = 'AN009'; end if;
  select sl.* into place from slot sl where sl.project_id = p and sl.task_id = t and sl.claim_id is null
    order by sl.number limit 1 for update of sl skip locked;
  if place.id is null then
    raise exception 'Somebody else has just taken this review.' using errcode = 'AN009';
  end if;
  return query select h.claim_id, h.task_id, h.set_id, h.lease_until_us, h.shows_suggestions from hold(p, me, place, 'review') h;
end $$;

create or replace function annodesk.own_claim(p text, c text) returns annodesk.claim
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare found_one claim; me text := require_role(p, 'annotator', 'analyst', 'manager');
begin
  select * into found_one from claim k where k.project_id = p and k.id = c and k.person_id = me for no key update;
  if not found then raise insufficient_privilege using message = 'You do not hold this task.'; end if;
  return found_one;
end $$;

create or replace function annodesk.move_claim(p text, held annodesk.claim, after_state text, why text, words text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  -- Who has to come back to a task has a time for it too: absent people block nobody.
  update claim set state = after_state, changed_at_us = now_us(), reason = why, note = words, pack_until_us = null,
      lease_until_us = case when after_state in ('parked', 'recalled', 'returned')
        then now_us() + (select (pack_days * 86400000000)::bigint from project_rules where project_id = p) else lease_until_us end
   where project_id = p and id = held.id;
  insert into state_change (project_id, subject, subject_id, before, after, by, made_at_us)
    values (p, 'claim', held.id, held.state, after_state, current_person(), now_us());
  if after_state in ('submitted', 'skipped') then
    insert into due (project_id, item_id) select p, k.item_id from task k where k.project_id = p and k.id = held.task_id;
  end if;
end $$;

-- The last Edits of a set, parted by blanks: all of them are there.
create or replace function annodesk.require_head(p text, s text, heads text) returns void
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  if length(heads) > 10000 or exists (select from unnest(string_to_array(heads, ' ')) h
      where not exists (select from edit e where e.project_id = p and e.set_id = s and e.id = h)) then
    raise exception 'The last Edit of this set has not arrived.' using errcode = 'AN004';
  end if;
end $$;

-- Late work is kept: without a lease it is flagged, and counts only while its place is still free.
create or replace function annodesk.submit(p text, c text, new_head text, new_digest text, edits json default '[]', why text default '')
returns text security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare held claim := own_claim(p, c); i text; is_late boolean; last submission;
begin
  insert into edit (project_id, set_id, id, author_id, device, device_seq, parents, undoes, format, project_version, elapsed_us,
                    made_at_us, server_offset_us, body)
    select p, held.set_id, e.id, held.person_id, e.device, e.device_seq, e.parents, e.undoes, e.format, e.project_version,
           e.elapsed_us, e.made_at_us, e.server_offset_us, e.body
      from json_to_recordset(edits) as e (id text, device text, device_seq int, parents json, undoes text, format int,
           project_version int, elapsed_us bigint, made_at_us bigint, server_offset_us bigint, body json)
    on conflict do nothing;
  -- A set that was worked on by two machines has several last Edits.
  perform require_head(p, held.set_id, new_head);
  select * into last from submission where project_id = p and set_id = held.set_id order by number desc limit 1;
  if held.state = 'submitted' and last.head is not distinct from new_head then
    return case when last.is_late then 'late' else 'submitted' end;      -- sent again after a lost reply
  end if;
  if held.state not in ('leased', 'expired', 'recalled', 'returned', 'submitted') then
    raise exception 'This task cannot be handed in now.' using errcode = 'AN005';
  end if;
  if held.state = 'submitted' and why = '' then
    raise exception 'A correction needs a reason.' using errcode = 'AN006';
  end if;
  is_late := held.state = 'leased' and held.lease_until_us < now_us();
  if held.state <> 'submitted' and not exists (select from slot where project_id = p and claim_id = held.id) then
    is_late := true;
    perform take_place(p, held);
  end if;
  insert into submission (project_id, set_id, number, head, digest, is_late, reason, made_at_us)
    values (p, held.set_id, coalesce(last.number, 0) + 1, new_head, new_digest, is_late, why, now_us());
  update annotation_set set head = new_head where project_id = p and id = held.set_id;
  perform move_claim(p, held, 'submitted', '', held.note);
  select item_id into i from task where project_id = p and id = held.task_id;
  perform tell(p, held.person_id, 'claim', i, held.id), tell(p, 'analysts', 'item', i), tell(p, 'managers', 'item', i);
  return case when is_late then 'late' else 'submitted' end;
exception when not_null_violation or check_violation or foreign_key_violation or invalid_text_representation
          or numeric_value_out_of_range or invalid_parameter_value then
  raise exception 'This is not a valid submission.' using errcode = 'AN007';      -- the server's own words would quote the row
end $$;

create or replace function annodesk.skip(p text, c text, why text, words text default '') returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare held claim := own_claim(p, c);
begin
  if held.state <> 'leased' then raise exception 'Only a task that is open with you can be skipped.' using errcode = 'AN005'; end if;
  update slot set claim_id = null where project_id = p and claim_id = held.id;
  perform move_claim(p, held, 'skipped', why, words), tell(p, held.person_id, 'claim', null, held.id);
  if why = 'not in a language I work in' then perform pass_on(p, held, words); end if;
end $$;

create or replace function annodesk.recall(p text, c text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare held claim := own_claim(p, c); i text;
begin
  if held.state <> 'submitted' then raise exception 'Only what was handed in can be recalled.' using errcode = 'AN005'; end if;
  select item_id into i from task where project_id = p and id = held.task_id;
  if exists (select from item_state where project_id = p and item_id = i and state = 'settled') or is_disputed(p, i) or is_ruled_by(p, held)
     or exists (select from task k join claim r on r.project_id = k.project_id and r.task_id = k.id
                 where k.project_id = p and k.item_id = i and k.stage = 'review' and r.person_id <> held.person_id) then
    raise exception 'It cannot be recalled any more.' using errcode = 'AN008',
      hint = 'Make a correction with a reason instead.';
  end if;
  perform move_claim(p, held, 'recalled', '', held.note), open_again(p, i);
  perform tell(p, held.person_id, 'claim', i, held.id), tell(p, 'analysts', 'item', i), tell(p, 'managers', 'item', i);
end $$;

create or replace function annodesk.raise_flag(p text, c text, why text, words text default '') returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare held claim := own_claim(p, c);
begin
  update claim set flag = why, note = words where project_id = p and id = held.id;
end $$;

-- What counts for agreement is what stood before its author saw a comparison or feedback, for the first time.
create or replace function annodesk.note_view(p text, c text, head text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_variable
declare held claim := own_claim(p, c);
begin
  perform require_head(p, held.set_id, head);
  insert into "view" as v (project_id, set_id, independent_head, independent_until_us) values (p, held.set_id, head, now_us())
    on conflict (project_id, set_id) do update set independent_head = excluded.independent_head,
      independent_until_us = excluded.independent_until_us where v.independent_until_us is null;
end $$;

-- Handing out suggestions and writing down that they were seen is one act.
create or replace function annodesk.read_suggestions(p text, c text) returns table (set_id text, body json, digest text)
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare held claim := own_claim(p, c); show_mode text;
begin
  select show into show_mode from project_rules where project_id = p;
  if not held.shows_suggestions or show_mode = 'never' then return; end if;
  -- A pack carries none where the project forbids it.
  if held.pack_until_us is not null and exists (select from project_rules where project_id = p and not offline_suggestions)
  then return; end if;
  if show_mode = 'after-commit' and not exists (select from "view" v where v.project_id = p and v.set_id = held.set_id
     and v.independent_until_us is not null) then return; end if;
  -- What there is not, or nothing of, nobody has seen.
  insert into "view" as v (project_id, set_id, suggestions_from_us) select p, held.set_id, now_us()
      where exists (select from suggestion g where g.project_id = p and g.task_id = held.task_id
        and g.body ->> 'elements' is distinct from '[]')
    on conflict (project_id, set_id) do update set suggestions_from_us = coalesce(v.suggestions_from_us, excluded.suggestions_from_us);
  return query select g.set_id, g.body, g.digest from suggestion g where g.project_id = p and g.task_id = held.task_id;
end $$;

-- All sets of an item without their authors, who are letters: for a manager, and, once it is settled for them, for
-- those who labelled it. Letters follow the ids, which are random.
create or replace function annodesk.read_work(p text, i text)
returns table (task_id text, set_id text, letter text, author_kind text, head text, body json, digest text)
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'annotator', 'analyst', 'manager'); judges boolean;
begin
  if i = any (blind_items()) then return; end if;
  judges := exists (select from membership where project_id = p and person_id = me and role in ('analyst', 'manager'));
  if not judges then
    if not exists (select from project_rules where project_id = p and see_others = 'settled')
       or not exists (select from item_state where project_id = p and item_id = i and state = 'settled')
       or not exists (select from claim c join task k on k.project_id = c.project_id and k.id = c.task_id
                       where c.project_id = p and c.person_id = me and k.item_id = i and c.state = 'submitted') then return; end if;
  end if;
  insert into sight (project_id, item_id, person_id) select p, i, me
    where exists (select from item where project_id = p and id = i) on conflict do nothing;
  -- What an adjudicator said stands beside the work of those who labelled: the task of the review is not theirs.
  return query select case when judges or s.author_kind <> 'adjudicator' then k.id
        else (select a.id from task a where a.project_id = p and a.item_id = i and a.stage = 'annotate' and a.start_us = k.start_us) end,
      s.id,
      case when s.author_kind = 'person' then chr(64 + (row_number() over (partition by k.id, s.author_kind order by s.id))::int) else '' end,
      s.author_kind, n.head, n.body, n.digest
    from task k join annotation_set s on s.project_id = k.project_id and s.task_id = k.id
    left join lateral (select * from set_snapshot x where x.project_id = p and x.set_id = s.id and x.number > 0
                        order by number desc limit 1) n on true
   where k.project_id = p and k.item_id = i
     -- What a canary says is held against people and shown to nobody.
     and s.author_kind <> 'canary'
     -- Whoever is to rule again reads no ruling (is_unseen_ruling), and whoever labelled only the one that stands: how
     -- often it was ruled is not theirs to know.
     and (s.author_kind <> 'adjudicator' or case when judges then s.author_id = me or not is_unseen_ruling(p, k.id, s.id)
          else exists (select from task a join settlement l on l.project_id = p and l.task_id = a.id and l.set_id = s.id and l.stands
                        where a.project_id = p and a.item_id = i) end)
     -- Colleagues are shown what was handed in and what stands; the model's set only where it is shown at all.
     and (judges or s.author_kind = 'consensus'
          or (s.author_kind = 'model' and exists (select from project_rules r where r.project_id = p and r.show <> 'never'))
          or (s.author_kind in ('person', 'adjudicator')
              and exists (select from claim c where c.project_id = p and c.task_id = k.id and c.set_id = s.id and c.state = 'submitted')));
end $$;
