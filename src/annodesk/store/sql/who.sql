-- Who asks, and what they may look at. Bodies are bound when made (begin atomic), so no search_path redirects them;
-- session_user survives SET ROLE and functions of their owner.

create or replace function annodesk.current_person() returns text stable security definer parallel safe language sql
begin atomic
  select person_id from annodesk.person_name where login = session_user::text;
end;

create or replace function annodesk.projects_as(variadic roles text[]) returns text[]
stable security definer parallel safe language sql
begin atomic
  select coalesce(array_agg(distinct project_id), '{}') from annodesk.membership
   where person_id = annodesk.current_person() and role = any (roles);
end;

create or replace function annodesk.my_tasks() returns text[] stable security definer parallel safe language sql
begin atomic
  select coalesce(array_agg(task_id), '{}') from annodesk.claim
   where project_id = any (annodesk.projects_as('annotator', 'analyst', 'manager')) and person_id = annodesk.current_person();
end;

create or replace function annodesk.my_items() returns text[] stable security definer parallel safe language sql
begin atomic
  select coalesce(array_agg(distinct t.item_id), '{}') from annodesk.claim c
    join annodesk.task t on t.project_id = c.project_id and t.id = c.task_id
   where c.project_id = any (annodesk.projects_as('annotator', 'analyst', 'manager')) and c.person_id = annodesk.current_person();
end;

create or replace function annodesk.my_sets() returns text[] stable security definer parallel safe language sql
begin atomic
  select coalesce(array_agg(id), '{}') from annodesk.annotation_set
   where project_id = any (annodesk.projects_as('annotator', 'analyst', 'manager')) and author_kind in ('person', 'adjudicator')
     and author_id = annodesk.current_person();
end;

-- What a person labels now is closed to them, whatever else they are. It names only items they hold, so it tells them nothing.
create or replace function annodesk.blind_items() returns text[] stable security definer parallel safe language sql
begin atomic
  select coalesce(array_agg(distinct t.item_id), '{}') from annodesk.claim c
    join annodesk.task t on t.project_id = c.project_id and t.id = c.task_id and t.stage = 'annotate'
   where c.project_id = any (annodesk.projects_as('annotator')) and c.person_id = annodesk.current_person()
     and c.state in ('leased', 'parked', 'recalled', 'returned');
end;

create or replace function annodesk.require_role(p text, variadic roles text[]) returns text
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := current_person();
begin
  if me is null or not exists (select from membership where project_id = p and person_id = me and role = any (roles)) then
    raise insufficient_privilege using message = 'You may not do this in this project.';
  end if;
  return me;
end $$;
