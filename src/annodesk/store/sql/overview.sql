-- What a manager may know of how work is given out.

create or replace function annodesk.offers_of(p text, whom text) returns table (task_id text, key text, reason text)
stable security definer set search_path = annodesk, pg_temp language plpgsql as $$
#variable_conflict use_column
declare me text := require_role(p, 'manager'); mine text[] := blind_items();
begin
  return query select o.task_id, i.key, o.reason from offer o
      join offer_rank r on r.project_id = o.project_id and r.task_id = o.task_id and r.person_id = o.person_id
      join task k on k.project_id = o.project_id and k.id = o.task_id
      join item i on i.project_id = k.project_id and i.id = k.item_id
    where o.project_id = p and o.person_id = whom and k.item_id <> all (mine) order by r.rank;
end $$;
