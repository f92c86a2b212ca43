-- Invitations: until one is accepted its login is nobody, so a one-time password opens nothing but this function.

create or replace function annodesk.accept_invitation() returns text
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare mine invitation;
begin
  delete from invitation where login = session_user::text returning * into mine;
  if not found then
    raise exception 'There is no invitation for this login.' using errcode = 'AN021';
  end if;
  if mine.expires_at_us <= now_us() then
    raise exception 'This invitation has run out.' using errcode = 'AN022';
  end if;
  update person_name set login = mine.login where person_id = mine.person_id;
  perform tell(m.project_id, mine.person_id, 'joined', null), tell(m.project_id, 'managers', 'people', null)
    from (select distinct project_id from membership where person_id = mine.person_id) m;
  return mine.person_id;
end $$;

-- Leaving a project: what one holds goes back at once, what one did stays. Only the administrator ends a manager.
create or replace function annodesk.leave(p text) returns int
security definer set search_path = annodesk, pg_temp language plpgsql as $$
declare me text := require_role(p, 'annotator', 'analyst', 'manager');
begin
  if exists (select from membership where project_id = p and person_id = me and role = 'manager') then
    raise exception 'A manager cannot leave the project.' using errcode = 'AN023';
  end if;
  delete from membership where project_id = p and person_id = me;
  perform tell(p, me, 'left', null), tell(p, 'managers', 'people', null);
  return release_all(p, me);
end $$;
