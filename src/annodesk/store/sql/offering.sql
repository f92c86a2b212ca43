-- What routing has to look at again: a row for each task that changes, written by whoever changes it, in one transaction
-- with the change. Rows are only added here; the worker that keeps everybody's offers takes them away.

create or replace function annodesk.note_moved(p text, tasks text[]) returns void
security definer set search_path = annodesk, pg_temp language sql as $$
  insert into moved (project_id, task_id) select p, t from unnest(tasks) t
   where exists (select from project j where j.id = p and j.is_published);
$$;

create or replace function annodesk.tasks_to_label(p text, i text) returns text[]
stable security definer set search_path = annodesk, pg_temp language sql as $$
  select coalesce(array_agg(k.id), '{}') from task k where k.project_id = p and k.item_id = i and k.stage = 'annotate';
$$;

create or replace function annodesk.task_moved() returns trigger
security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  if tg_op = 'DELETE' then perform note_moved(old.project_id, array[old.task_id]);
  else perform note_moved(new.project_id, array[new.task_id]); end if;
  return null;
end $$;

create or replace function annodesk.item_moved() returns trigger
security definer set search_path = annodesk, pg_temp language plpgsql as $$
begin
  perform note_moved(new.project_id, tasks_to_label(new.project_id, new.item_id));
  return null;
end $$;

-- Reviews are not offered: they are taken from the queue.
create or replace trigger moved after insert on annodesk.slot for each row when (new.stage <> 'review')
  execute function annodesk.task_moved();
create or replace trigger moved_on after update on annodesk.slot for each row when (new.stage <> 'review')
  execute function annodesk.task_moved();
create or replace trigger moved_off after delete on annodesk.slot for each row when (old.stage <> 'review')
  execute function annodesk.task_moved();
create or replace trigger moved after insert or delete on annodesk.assignment for each row
  execute function annodesk.task_moved();
create or replace trigger moved after update on annodesk.item_state for each row when (new.state <> old.state)
  execute function annodesk.item_moved();
create or replace trigger moved after insert on annodesk.takedown for each row execute function annodesk.item_moved();
create or replace trigger moved after insert on annodesk.precedent for each row execute function annodesk.item_moved();
