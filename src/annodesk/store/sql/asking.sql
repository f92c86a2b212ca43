-- Questions from inside a task. The task is parked while its question is open: nobody's lease runs, and the person goes
-- on with the next one; the answer opens it again for the same person. And questions that analysts and managers put to
-- each other about an item: no claim waits for those.

create or replace function annodesk.my_inquiries() returns text[] stable security definer parallel safe language sql
begin atomic
  select coalesce(array_agg(id), '{}') from annodesk.inquiry
   where project_id = any (annodesk.projects_as('annotator') || annodesk.projects_as('analyst') || annodesk.projects_as('manager'))
     and asked_by = annodesk.current_person();
end;

-- Whether a question of a person's keeps their task parked.
create or replace function annodesk.waits_for_answer(p text, t text, whom text) returns boolean
stable security definer set search_path = annodesk, pg_temp language sql as $$
  select exists (select from inquiry where project_id = p and asked_by = whom and state = 'open' and task_id = t);
$$;

-- One row of a table as JSON; sent again after a lost reply it changes nothing.
create or replace function annodesk.ask_question(p text, c text, question json) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare held claim := own_claim(p, c); said inquiry; i text;
begin
  said := json_populate_record(null::inquiry, question);
  if exists (select from inquiry q where q.project_id = p and q.id = said.id and q.asked_by = held.person_id
               and q.task_id = held.task_id) then return; end if;
  select k.item_id into i from task k where k.project_id = p and k.id = held.task_id and k.stage = 'annotate';
  if held.state <> 'leased' or i is null or not is_worked_on(p, held.task_id)
     or not exists (select from slot where project_id = p and claim_id = held.id) then
    raise exception 'Only about a task that is open with you can be asked.' using errcode = 'AN005';
  end if;
  if btrim(coalesce(said.words, '')) = '' or length(said.words) > 2000 or length(coalesce(said.place, '')) > 200
     or length(said.element_id) > 1000 or coalesce(length(said.id), 0) not between 1 and 100 then
    raise exception 'This is not a question.' using errcode = 'AN007';
  end if;
  perform require_head(p, held.set_id, said.head);
  if (select count(*) from inquiry where project_id = p and asked_by = held.person_id and state = 'open') >= 20 then
    raise exception 'Twenty of your questions wait already.' using errcode = 'AN061', hint = 'Withdraw one first.';
  end if;
  insert into inquiry (project_id, id, item_id, task_id, asked_by, words, time_us, element_id, place, head, state, made_at_us)
    values (p, said.id, i, held.task_id, held.person_id, btrim(said.words), said.time_us, said.element_id,
            coalesce(said.place, ''), said.head, 'open', now_us());
  perform move_claim(p, held, 'parked', '', held.note);
  update claim set lease_until_us = null where project_id = p and id = held.id;
  perform tell(p, held.person_id, 'claim', i, held.id), tell(p, 'analysts', 'question', i), tell(p, 'managers', 'question', i);
exception when unique_violation or not_null_violation or invalid_text_representation or numeric_value_out_of_range
          or invalid_parameter_value then
  raise exception 'This is not a question.' using errcode = 'AN007';
end $$;

-- About a place of an item, by somebody who judges and does not label it; sent again after a lost reply it changes nothing.
create or replace function annodesk.ask_about(p text, i text, question json) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_unbiased(p, i); said inquiry; t text;
begin
  said := json_populate_record(null::inquiry, question);
  if exists (select from inquiry q where q.project_id = p and q.id = said.id and q.asked_by = me and q.item_id = i) then return; end if;
  select k.id into t from task k where k.project_id = p and k.item_id = i and k.stage = 'annotate'
   order by coalesce(said.time_us between k.start_us and k.end_us, false) desc, k.start_us limit 1;
  if t is null or exists (select from takedown d where d.project_id = p and d.item_id = i) then
    raise exception 'There is no such item.' using errcode = 'AN063';
  end if;
  if btrim(coalesce(said.words, '')) = '' or length(said.words) > 2000 or length(coalesce(said.place, '')) > 200
     or coalesce(length(said.id), 0) not between 1 and 100 or said.time_us not between 0 and 1e15 then
    raise exception 'This is not a question.' using errcode = 'AN007';
  end if;
  if (select count(*) from inquiry where project_id = p and asked_by = me and state = 'open') >= 20 then
    raise exception 'Twenty of your questions wait already.' using errcode = 'AN061', hint = 'Wait for answers first.';
  end if;
  insert into inquiry (project_id, id, item_id, task_id, asked_by, words, time_us, place, state, made_at_us)
    values (p, said.id, i, t, me, btrim(said.words), said.time_us, coalesce(said.place, ''), 'open', now_us());
  -- Whoever reads the answer labels the item no more.
  insert into sight (project_id, item_id, person_id) values (p, i, me) on conflict do nothing;
  perform tell(p, 'analysts', 'question', i), tell(p, 'managers', 'question', i);
exception when unique_violation or not_null_violation or invalid_text_representation or numeric_value_out_of_range
          or invalid_parameter_value then
  raise exception 'This is not a question.' using errcode = 'AN007';
end $$;

-- Its person goes on without an answer.
create or replace function annodesk.withdraw_question(p text, c text, q text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare held claim := own_claim(p, c); i text;
begin
  update inquiry set state = 'withdrawn', answered_at_us = now_us()
   where project_id = p and id = q and asked_by = held.person_id and task_id = held.task_id and state = 'open'
   returning item_id into i;
  if i is null then
    if exists (select from inquiry where project_id = p and id = q and asked_by = held.person_id and state = 'withdrawn') then
      return;      -- sent again after a lost reply
    end if;
    raise exception 'This question waits no more.' using errcode = 'AN062';
  end if;
  if held.state = 'parked' then perform lease_again(p, held, (select lease_hours / 24 from project_rules where project_id = p)); end if;
  perform tell(p, held.person_id, 'claim', i, held.id), tell(p, 'analysts', 'question', i), tell(p, 'managers', 'question', i);
end $$;

create or replace function annodesk.lease_again(p text, held annodesk.claim, days float8) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  perform move_claim(p, held, 'leased', '', held.note);
  update claim set lease_until_us = now_us() + (days * 86400000000)::bigint where project_id = p and id = held.id;
end $$;

-- The answer, and the task with it: whoever asked has as many days to come back to it as for work that was returned.
-- Where the answer speaks of what is to be labelled, what stood when it was asked is what was said without it, unfinished
-- as it was; that is written in the same act as the answer can be read.
create or replace function annodesk.answer_question(p text, q text, said text, speaks_of_answer boolean) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'analyst', 'manager'); asked inquiry; held claim; speaks boolean := coalesce(speaks_of_answer, true);
begin
  select * into asked from inquiry where project_id = p and id = q;
  if not found or asked.item_id = any (blind_items()) then
    raise exception 'There is no such question.' using errcode = 'AN063';
  end if;
  me := require_unbiased(p, asked.item_id);
  -- First the claim, as everybody does who moves one: nobody waits for another in a ring.
  select * into held from claim where project_id = p and task_id = asked.task_id and person_id = asked.asked_by for no key update;
  if held.id is null and asked.asked_by = me then
    raise insufficient_privilege using message = 'You asked this, so somebody else answers it.';
  end if;
  select * into asked from inquiry where project_id = p and id = q for no key update;
  if asked.state = 'answered' then
    raise exception 'Somebody has answered it already.' using errcode = 'AN064';
  end if;
  if asked.state <> 'open' or held.state <> 'parked' then      -- no claim waits for what was asked about an item
    raise exception 'Nobody waits for the answer any more.' using errcode = 'AN062';
  end if;
  if btrim(coalesce(said, '')) = '' or length(said) > 4000 then
    raise exception 'Say something.' using errcode = 'AN043';
  end if;
  update inquiry set state = 'answered', answer = btrim(said), is_feedback = speaks, answered_by = me,
      answered_at_us = now_us() where project_id = p and id = q;
  if speaks and held.id is not null then
    insert into "view" as v (project_id, set_id, independent_head, independent_until_us, was_finished)
      values (p, held.set_id, asked.head, now_us(), false) on conflict (project_id, set_id)
      do update set independent_head = excluded.independent_head, independent_until_us = excluded.independent_until_us,
        was_finished = false where v.independent_until_us is null;
  end if;
  if held.id is not null then
    perform lease_again(p, held, (select pack_days from project_rules where project_id = p));
    perform tell(p, held.person_id, 'claim', asked.item_id, held.id);
  end if;
  perform tell(p, 'analysts', 'question', asked.item_id), tell(p, 'managers', 'question', asked.item_id);
end $$;

-- Nobody waits any more for the answers to what was asked from these tasks.
create or replace function annodesk.close_questions(p text, gone text[]) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare i text;
begin
  for i in update inquiry q set state = 'closed', answered_at_us = now_us() from claim c
      where q.project_id = p and q.state = 'open' and c.project_id = p and c.id = any (gone)
        and c.task_id = q.task_id and c.person_id = q.asked_by returning q.item_id loop
    perform tell(p, 'analysts', 'question', i), tell(p, 'managers', 'question', i);
  end loop;
end $$;

-- A ruling that somebody else is to rule again without knowing it: only who knows its id learns anything.
create or replace function annodesk.is_unseen_ruling(p text, t text, s text) returns boolean stable security definer
parallel safe language sql
begin atomic
  select exists (select from annodesk.reruling where project_id = p and task_id = t and first_set = s and state = 'waiting');
end;
