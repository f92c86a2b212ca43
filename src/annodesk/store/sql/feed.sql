-- The change feed: pointers for an audience, numbered only once they are durable.

create or replace function annodesk.audiences(p text) returns text[]
stable security definer parallel safe language sql
begin atomic
  select array_agg(distinct role || 's') || array['members', annodesk.current_person()]
    from annodesk.membership where project_id = p and person_id = annodesk.current_person() having count(*) > 0;
end;

create or replace function annodesk.tell(p text, whom text, what text, item text, subject text default null)
returns void security definer set search_path = annodesk, pg_temp language sql as $$
  insert into feed (project_id, audience, kind, item_id, subject_id) values (p, whom, what, item, subject);
$$;

-- Call it in a transaction of its own: positions count only once they are durable. Without nested loops, because the
-- planner never knows how many rows are new and would be quadratic in a burst.
create or replace function annodesk.number_feed(p text) returns int
security definer set search_path = annodesk, pg_temp set lock_timeout = '2s' set enable_nestloop = off
set synchronous_commit = on language plpgsql as $$
declare numbered int;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'number_feed needs read committed';
  end if;
  if audiences(p) is null and not pg_has_role(session_user, 'annodesk_worker', 'member') then
    raise insufficient_privilege using message = 'You may not do this in this project.';
  end if;
  if not exists (select from feed where project_id = p and position is null) then return 0; end if;
  -- Whoever numbers does it for all: to wait in a row for a turn in which nothing is left to do would hold up everybody.
  perform from feed_lock where project_id = p for no key update skip locked;
  if not found then return -1; end if;
  -- The next statement's snapshot is newer than this lock.
  with new as materialized (
         select id, audience, row_number() over w as k, count(*) over (partition by audience) as total
           from (select id, audience from feed where project_id = p and position is null order by id limit 1000) u
         window w as (partition by audience order by id)),
       head as (
         insert into feed_head (project_id, audience, last) select p, audience, count(*) from new group by audience
         on conflict (project_id, audience) do update set last = feed_head.last + excluded.last
         returning audience, last)
  update feed f set position = head.last - new.total + new.k from new join head using (audience)
   where f.project_id = p and f.id = new.id and f.position is null;
  get diagnostics numbered = row_count;
  return numbered;
end $$;

-- Called in the transaction that pushes Edits: their author's other machines are to fetch them.
create or replace function annodesk.pushed(p text, sets text[]) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'annotator', 'analyst', 'manager'); n int;
begin
  insert into feed (project_id, audience, kind, item_id, subject_id)
    select p, me, 'edits', k.item_id, s.id from annotation_set s
      join task k on k.project_id = s.project_id and k.id = s.task_id
     where s.project_id = p and s.id = any (sets) and s.author_kind in ('person', 'adjudicator')
       and s.author_id = me;
  get diagnostics n = row_count;
  insert into unfolded (project_id, set_id)
    select p, id from annotation_set where project_id = p and id = any (sets) and author_kind in ('person', 'adjudicator')
       and author_id = me;
  return n;
end $$;
