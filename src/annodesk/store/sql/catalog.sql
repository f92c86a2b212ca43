-- Everything in one schema by name, each with its definition; "granted" becomes the list of who may do what.

select case c.relkind when 'r' then 'table ' when 'v' then 'view ' when 'S' then 'sequence ' else 'relation ' end
       || c.relname,
       'owner ' || c.relowner::regrole::text || case when c.relrowsecurity then ', row level security' else '' end
       || case when c.relforcerowsecurity then ' forced' else '' end || '; granted: ' || granted(c.relacl, c.relowner)
       || coalesce('; ' || array_to_string(c.reloptions, ', '), '')
  from pg_class c where c.relnamespace = :schema and c.relkind not in ('i', 'I', 'c', 't')
union all
select 'column ' || c.relname || '.' || a.attname,
       format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
       || case when a.attidentity <> '' then ' identity' else '' end || '; granted: ' || granted(a.attacl, c.relowner)
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
 where c.relnamespace = :schema and c.relkind in ('r', 'v', 'm', 'p', 'f')
union all
select 'constraint ' || c.conname || ' of ' || r.relname,
       pg_get_constraintdef(c.oid) || case when c.convalidated then '' else ' not valid' end
  from pg_constraint c join pg_class r on r.oid = c.conrelid where c.connamespace = :schema
union all
select 'index ' || c.relname, pg_get_indexdef(c.oid) || case when i.indisvalid then '' else ' invalid' end
  from pg_class c join pg_index i on i.indexrelid = c.oid where c.relnamespace = :schema
union all
select 'policy ' || p.polname || ' of ' || c.relname,
       p.polcmd::text || ' to ' || (select string_agg(coalesce(g.rolname, 'public'), ', ' order by g.rolname)
                                from unnest(p.polroles) o left join pg_roles g on g.oid = o)
       || case when p.polpermissive then '' else ' restrictive' end
       || coalesce(' using ' || pg_get_expr(p.polqual, p.polrelid), '')
       || coalesce(' with check ' || pg_get_expr(p.polwithcheck, p.polrelid), '')
  from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = :schema
union all
select 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       'owner ' || p.proowner::regrole::text || '; granted: '
       || granted(coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner) || '; ' || pg_get_functiondef(p.oid)
  from pg_proc p where p.pronamespace = :schema and p.prokind in ('f', 'p')
union all
select 'trigger ' || t.tgname || ' of ' || c.relname, pg_get_triggerdef(t.oid)
  from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = :schema and not t.tgisinternal
union all
select 'rule ' || r.rulename || ' of ' || c.relname, pg_get_ruledef(r.oid)
  from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.relnamespace = :schema
union all
select 'schema', 'owner ' || n.nspowner::regrole::text || '; granted: ' || granted(n.nspacl, n.nspowner)
  from pg_namespace n where n.oid = :schema
