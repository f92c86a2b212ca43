-- What is wrong with roles, and with what everybody may do, outside the schema; one sentence a row.

select 'role ' || name || ' is missing.' from unnest(:groups) name where not exists (select from pg_roles where rolname = name)
union all
select 'role ' || rolname || ' has rights beyond its grants.' from pg_roles where rolname = any (:groups)
   and (rolsuper or rolcreaterole or rolcreatedb or rolcanlogin or rolreplication or rolbypassrls)
union all
select 'role ' || m.rolname || ' belongs to ' || g.rolname || '.' from pg_auth_members a
  join pg_roles g on g.oid = a.roleid join pg_roles m on m.oid = a.member
 where m.rolname = any (:groups)
    or (g.rolname = 'annodesk_owner' or (g.rolname = any (:groups) and a.admin_option)) and not m.rolcreaterole and not m.rolsuper
union all
select 'login ' || r.rolname || ' has rights that no policy holds back.' from annodesk.person_name n
  join pg_roles r on r.rolname = n.login
 where r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
union all
select 'login ' || r.rolname || ' also belongs to ' || g.rolname || '.' from annodesk.person_name n
  join pg_roles r on r.rolname = n.login join pg_auth_members a on a.member = r.oid join pg_roles g on g.oid = a.roleid
 where g.rolname <> all (:groups)
union all
select 'everybody may ' || lower(a.privilege_type) || ' in this database.'
  from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
 where d.datname = current_database() and a.grantee = 0
union all
select 'everybody has ' || lower(a.privilege_type) || ' on the schema public.'
  from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
 where n.nspname = 'public' and a.grantee = 0
