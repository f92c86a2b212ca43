-- Places on tasks: taken for a while, kept, given back. No task has more holders than places, whoever does what at once.

-- One person's machines stand in line here, so that no two of them count the same room; nobody else waits.
create or replace function annodesk.require_room(p text, me text) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  perform from claim_from where project_id = p and person_id = me and stage = '' and batch_id = '' for no key update;
  if not found then
    insert into claim_from (project_id, person_id, stage, batch_id, rank, task_id) values (p, me, '', '', 0, '')
      on conflict do nothing;
    perform from claim_from where project_id = p and person_id = me and stage = '' and batch_id = '' for no key update;
  end if;
  if exists (select from member_terms where project_id = p and person_id = me and absent_until_us > now_us()) then
    raise exception 'You are marked as absent.' using errcode = 'AN001';
  end if;
  if exists (select from member_terms where project_id = p and person_id = me and is_paused) then
    raise exception 'A manager has paused new tasks for you.' using errcode = 'AN001', hint = 'What you hold stays yours.';
  end if;
  if not works_now(p, me) then
    raise exception 'It is outside your working hours.' using errcode = 'AN001';
  end if;
  if (select count(*) from claim where project_id = p and person_id = me and state = 'leased')
     >= (select held_most from project_rules where project_id = p) then
    raise exception 'You hold as many tasks as one person may.' using errcode = 'AN002';
  end if;
end $$;

create or replace function annodesk.require_quota(p text, me text, at_most int default null) returns void
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare agreed int;
begin
  select coalesce(quota_a_day, at_most) into agreed from member_terms where project_id = p and person_id = me;
  if not found then agreed := at_most; end if;
  -- Nothing is counted where nothing is agreed: it would take longer with every task.
  if agreed is null then return; end if;
  if (select count(*) from claim where project_id = p and person_id = me and made_at_us >= now_us() - 86400000000)
     >= agreed then
    raise exception 'You have taken as many tasks as agreed for a day.' using errcode = 'AN003';
  end if;
end $$;

-- A free place on its task for a claim that has none. Who had suggestions in view never fills a place that is there for
-- an answer without them, and who was shown others' work fills none.
create or replace function annodesk.take_place(p text, held annodesk.claim) returns boolean
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare place slot;
begin
  if exists (select from sight g join task k on k.project_id = g.project_id and k.item_id = g.item_id
              where g.project_id = p and g.person_id = held.person_id and k.id = held.task_id and k.stage = 'annotate') then
    return false;
  end if;
  if exists (select from assignment a where a.project_id = p and a.task_id = held.task_id
              and (a.is_paused or a.person_id is distinct from held.person_id)) then return false; end if;
  -- What was disputed, and what is ruled again, is ruled by another.
  if is_ruled_by(p, held) then return false; end if;
  select s.* into place from slot s where s.project_id = p and s.task_id = held.task_id and s.claim_id is null
     and (s.shows_suggestions or not exists (
       select from "view" v where v.project_id = p and v.set_id = held.set_id and v.suggestions_from_us is not null))
   order by s.shows_suggestions is distinct from held.shows_suggestions, s.number limit 1 for no key update skip locked;
  if not found then return false; end if;
  update slot set claim_id = held.id where project_id = p and id = place.id;
  update claim set shows_suggestions = held.shows_suggestions and place.shows_suggestions where project_id = p and id = held.id;
  return true;
end $$;

-- Whether an item is worked on at a stage now.
create or replace function annodesk.is_worked_on(p text, t text) returns boolean
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  return exists (select from task k join item_state s on s.project_id = k.project_id and s.item_id = k.item_id
    where k.project_id = p and k.id = t
      and s.state = any (case k.stage when 'review' then array['escalated'] else array['open', 'reopened'] end)
      and not (k.stage = 'annotate' and exists (select from takedown d where d.project_id = p and d.item_id = k.item_id)));
end $$;

create or replace function annodesk.take_again(p text, me text, wanted text)
returns table (claim_id text, task_id text, set_id text, lease_until_us bigint, shows_suggestions boolean)
security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare held claim; until bigint;
begin
  for held in select c.* from claim c join task k on k.project_id = c.project_id and k.id = c.task_id and k.stage = wanted
      where c.project_id = p and c.person_id = me and c.state = 'expired' and c.reason = 'unseen' and is_worked_on(p, c.task_id)
      order by c.made_at_us limit 20 for no key update of c skip locked loop
    if take_place(p, held) then
      select now_us() + (r.lease_hours * 3600000000)::bigint into until from project_rules r where r.project_id = p;
      perform move_claim(p, held, 'leased', '', held.note);
      update claim set lease_until_us = until where project_id = p and id = held.id;
      perform tell(p, me, 'claim', null, held.id);
      return query select c.id, c.task_id, c.set_id, c.lease_until_us, c.shows_suggestions from claim c
        where c.project_id = p and c.id = held.id;
      return;
    end if;
  end loop;
end $$;

-- Claims of one call are locked in the order of their ids, here and below: two machines of one person never wait for
-- each other in a ring.
create or replace function annodesk.lock_claims(p text, whose text, wanted text[]) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  perform from claim where project_id = p and person_id = whose and id = any (wanted) order by id for no key update;
end $$;

-- What ends goes back to the queue. Where nothing was done on it, it comes first when its person takes work again.
create or replace function annodesk.end_claims(p text, gone text[], whose text, keep_away boolean default false) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  update slot set claim_id = null where project_id = p and claim_id = any (gone);
  insert into state_change (project_id, subject, subject_id, before, after, by, made_at_us)
    select p, 'claim', id, state, 'expired', whose, now_us() from claim where project_id = p and id = any (gone);
  update claim c set state = 'expired', changed_at_us = now_us(), pack_until_us = null,
      reason = case when keep_away then 'declined'
        when exists (select from edit e where e.project_id = p and e.set_id = c.set_id) then '' else 'unseen' end
   where c.project_id = p and c.id = any (gone);
  perform close_questions(p, gone);
  perform tell(p, person_id, 'claim', null, id) from claim where project_id = p and id = any (gone);
  return cardinality(gone);
end $$;

create or replace function annodesk.free_expired(p text, most int) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  return end_claims(p, array(select id from claim where project_id = p and state in ('leased', 'parked', 'recalled', 'returned')
     and lease_until_us < now_us() limit most for no key update skip locked), 'coordinator');
end $$;

-- For some days it is a pack: taken where there is no line to the server. What nobody has begun is kept from the others
-- no longer than a pack may last, however often it is renewed.
create or replace function annodesk.renew(p text, claims text[], days float8 default 0) returns bigint
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'annotator', 'analyst', 'manager'); rules project_rules; until bigint;
begin
  select * into rules from project_rules where project_id = p;
  if days > 0 and not rules.offline_media then
    raise exception 'The work of this project is not taken offline.' using errcode = 'AN031';
  end if;
  perform lock_claims(p, me, claims);
  until := now_us() + (case when days > 0 then least(days, rules.pack_days) * 86400000000 else rules.lease_hours * 3600000000 end)::bigint;
  update claim c set lease_until_us = greatest(lease_until_us, longest.us),
      pack_until_us = case when days > 0 then greatest(lease_until_us, longest.us) else pack_until_us end
    from (select k.id as claim_id, case when exists (select from edit e where e.project_id = p and e.set_id = k.set_id) then until
            else least(until, k.changed_at_us + (rules.pack_days * 86400000000)::bigint) end as us
            from claim k where k.project_id = p and k.person_id = me and k.id = any (claims)) longest
   where c.id = longest.claim_id and project_id = p and person_id = me and id = any (claims) and state = 'leased' and lease_until_us >= now_us();
  return until;
end $$;

-- Home again: what was begun goes on under an ordinary lease.
create or replace function annodesk.unpack(p text, claims text[]) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'annotator', 'analyst', 'manager'); n int;
begin
  perform lock_claims(p, me, claims);
  update claim set pack_until_us = null, lease_until_us = least(lease_until_us,
      now_us() + (select (lease_hours * 3600000000)::bigint from project_rules where project_id = p))
   where project_id = p and person_id = me and id = any (claims) and pack_until_us is not null;
  get diagnostics n = row_count;
  return n;
end $$;

-- With ``keep_away`` their person does not want them, and is not given them again.
create or replace function annodesk.give_back(p text, claims text[], keep_away boolean default false) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'annotator', 'analyst', 'manager');
begin
  return end_claims(p, array(select id from claim where project_id = p and person_id = me and id = any (claims)
     and state in ('leased', 'parked', 'recalled', 'returned') order by id for no key update), me, keep_away);
end $$;

create or replace function annodesk.resume(p text, c text) returns bigint
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare held claim := own_claim(p, c); until bigint;
begin
  if held.state not in ('parked', 'recalled', 'returned', 'expired') then
    raise exception 'This task cannot be opened again.' using errcode = 'AN005';
  end if;
  if held.state = 'parked' and waits_for_answer(p, held.task_id, held.person_id) then
    raise exception 'The question this task waits for is not answered yet.' using errcode = 'AN060';
  end if;
  -- Late work above the overlap has no place either.
  if not exists (select from slot where project_id = p and claim_id = held.id) then
    perform require_room(p, held.person_id);
    if not is_worked_on(p, held.task_id) or not take_place(p, held) then
      raise exception 'It is not open any more.' using errcode = 'AN009';
    end if;
  end if;
  select now_us() + (lease_hours * 3600000000)::bigint into until from project_rules where project_id = p;
  perform move_claim(p, held, 'leased', '', held.note);
  update claim set lease_until_us = until where project_id = p and id = held.id;
  return until;
end $$;

-- A database that was set back to an older copy does not know a claim that a workstation still has: it comes back under
-- its own ids, without a place, so that it counts only where one is still free. It is no way round claim: it counts for
-- the day like any other, and gives nothing that the person could not be given.
create or replace function annodesk.reclaim(p text, t text, c text, s text, version int) returns void
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'annotator', 'analyst', 'manager'); wanted text;
begin
  select k.stage into wanted from task k join project j on j.id = k.project_id and j.is_published
   where k.project_id = p and k.id = t;
  if wanted = 'annotate' then me := require_role(p, 'annotator');
  elsif wanted = 'review' then me := require_role(p, 'analyst', 'manager'); end if;
  perform require_room(p, me), require_quota(p, me, (select held_most from project_rules where project_id = p));
  if wanted is null or not may_take(p, me, t, wanted) or not fits_day(p, t, case wanted when 'annotate' then sensitive_today(p, me) end) then
    raise exception 'It is not open any more.' using errcode = 'AN009';
  end if;
  if version < 1 or length(c) > 100 or length(s) > 100 then
    raise exception 'This is not a valid claim.' using errcode = 'AN007';
  end if;
  insert into annotation_set (project_id, id, task_id, author_kind, author_id, round, project_version, made_at_us)
    values (p, s, t, case wanted when 'review' then 'adjudicator' else 'person' end, me, 1, version, now_us());
  insert into claim (project_id, id, task_id, person_id, set_id, state, shows_suggestions, lease_until_us, made_at_us, changed_at_us)
    values (p, c, t, me, s, 'expired', false, now_us(), now_us(), now_us());
  insert into state_change (project_id, subject, subject_id, after, by, made_at_us) values (p, 'claim', c, 'expired', me, now_us());
exception when unique_violation or not_null_violation then
  raise exception 'This is not a valid claim.' using errcode = 'AN007';
end $$;
