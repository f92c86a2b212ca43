-- Rulings that come back to those who labelled: looked at, and disputed once. The worker writes them when an item is
-- settled; each person reads their own alone.

create or replace function annodesk.see_rulings(p text, ids text[]) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'annotator'); n int;
begin
  update told_ruling set seen_at_us = now_us()
   where project_id = p and person_id = me and id = any (ids) and seen_at_us is null;
  get diagnostics n = row_count;
  return n;
end $$;

-- A disputed answer does not stand until somebody has ruled again who neither ruled nor labelled: the review's place is
-- free, and the claim of who ruled keeps its work and never gets the place back (take_place, may_take). In the history
-- that analysts read, and in their queue, stands what was said and not who said it. Says whether it waits for nobody.
create or replace function annodesk.dispute(p text, r text, words text) returns text
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_variable
declare me text := require_role(p, 'annotator'); held told_ruling; state_before text; again task; is_alone boolean;
begin
  select t.* into held from told_ruling t where t.project_id = p and t.id = r and t.person_id = me;
  if not found then raise insufficient_privilege using message = 'There is no such ruling on your work.'; end if;
  if coalesce(btrim(words), '') = '' then
    raise exception 'Say why you see it otherwise.' using errcode = 'AN043', hint = 'A few words are enough.';
  end if;
  if length(words) > 2000 then raise exception 'These are too many words.' using errcode = 'AN007'; end if;
  -- In the order in which a worker takes them; what is read from here on is as it stays.
  select state into state_before from item_state where project_id = p and item_id = held.item_id for no key update;
  select t.* into held from told_ruling t where t.project_id = p and t.id = r for no key update;
  if held.disputed_at_us is not null and held.objection = words then      -- sent again after a lost reply
    return case when held.waits then 'waits' else 'goes' end;
  end if;
  if held.disputed_at_us is not null then
    raise exception 'You have disputed this ruling already.' using errcode = 'AN061', hint = 'What came of it is in a later digest.';
  end if;
  if held.is_final or exists (select from escalation e where e.project_id = p and e.item_id = held.item_id
      and e.task_id = held.task_id and e.reason = 'disputed' and e.closed_at_us is not null) then
    raise exception 'This was ruled a second time, by another analyst, and that stands.' using errcode = 'AN062';
  end if;
  if exists (select from takedown d where d.project_id = p and d.item_id = held.item_id) then
    raise exception 'This item was taken down.' using errcode = 'AN063';
  end if;
  select k2.* into again from task k join task k2 on k2.project_id = k.project_id and k2.item_id = k.item_id
     and k2.stage = 'review' and k2.start_us = k.start_us where k.project_id = p and k.id = held.task_id;
  if not exists (select from escalation e where e.project_id = p and e.item_id = held.item_id and e.task_id = held.task_id
                  and e.reason = 'disputed' and e.closed_at_us is null) then
    if again.id is null or not exists (select from settlement l where l.project_id = p and l.task_id = held.task_id and l.stands
                                        and l.settled_by = 'adjudication') then
      raise exception 'This is being looked at again already.' using errcode = 'AN064', hint = 'You are told when it is settled.';
    end if;
    update settlement set stands = false where project_id = p and task_id = held.task_id;
    delete from reference_item where project_id = p and item_id = held.item_id;
    update slot set claim_id = null, rank = least(rank, -850) where project_id = p and task_id = again.id;
    if state_before = 'settled' then
      update item_state set state = 'escalated', changed_at_us = now_us() where project_id = p and item_id = held.item_id;
      insert into state_change (project_id, subject, subject_id, before, after, by, made_at_us)
        values (p, 'item', held.item_id, 'settled', 'reopened', 'coordinator', now_us()),
               (p, 'item', held.item_id, 'reopened', 'escalated', 'coordinator', now_us());
      insert into recount (project_id, item_id) values (p, held.item_id);
      -- Whoever was shown the others' work because it was settled lets go of it.
      perform tell(p, c.person_id, 'item', held.item_id) from claim c join task t on t.project_id = p and t.id = c.task_id
        where c.project_id = p and t.item_id = held.item_id and t.stage = 'annotate' and c.state = 'submitted' and c.person_id <> me
          and exists (select from project_rules u where u.project_id = p and u.see_others = 'settled');
    end if;
  end if;
  insert into escalation (project_id, id, item_id, task_id, reason, culprit, evidence, made_at_us)
    values (p, gen_random_uuid()::text, held.item_id, held.task_id, 'disputed', coalesce(held.body ->> 'part', ''),
            json_build_object('note', words), now_us());
  select not exists (select from membership m where m.project_id = p and m.role in ('analyst', 'manager')
                      and may_take(p, m.person_id, again.id, 'review')) into is_alone;
  update told_ruling set disputed_at_us = now_us(), objection = words, waits = is_alone where project_id = p and id = r;
  perform tell(p, me, 'item', held.item_id), tell(p, 'analysts', 'item', held.item_id), tell(p, 'managers', 'item', held.item_id);
  return case when is_alone then 'waits' else 'goes' end;
end $$;

-- Whether a ruling was disputed that is not ruled again yet: until then nothing of its item is taken back.
create or replace function annodesk.is_disputed(p text, i text) returns boolean
stable security definer set search_path = annodesk, pg_temp language sql as $$
  select exists (select from escalation where project_id = p and item_id = i and closed_at_us is null and reason = 'disputed');
$$;

-- Whether a claim's own work is what was disputed, or what somebody else rules again.
create or replace function annodesk.is_ruled_by(p text, held annodesk.claim) returns boolean
stable security definer set search_path = annodesk, pg_temp language sql as $$
  select exists (select from task r join task k on k.project_id = p and k.item_id = r.item_id and k.stage = 'annotate' and k.start_us = r.start_us
    join escalation e on e.project_id = p and e.item_id = r.item_id and e.task_id = k.id and e.reason = 'disputed' and e.closed_at_us is null
    join settlement l on l.project_id = p and l.task_id = k.id and l.set_id = held.set_id
   where r.project_id = p and r.id = held.task_id and r.stage = 'review')
   or exists (select from reruling g where g.project_id = p and g.task_id = held.task_id and g.state in ('waiting', 'differs')
     and held.set_id in (g.first_set, g.second_set));
$$;
