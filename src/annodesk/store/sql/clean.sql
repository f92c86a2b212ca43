-- Takes away every policy and grant there is, so that those made anew are all there are.

do $$ declare o record; begin
  for o in select polname, polrelid::regclass as t from pg_policy join pg_class c on c.oid = polrelid
            where c.relnamespace = 'annodesk'::regnamespace loop
    execute format('drop policy %I on %s', o.polname, o.t);
  end loop;
end $$;
revoke all on all tables in schema annodesk from public,
  annodesk_annotator, annodesk_analyst, annodesk_manager, annodesk_worker;
revoke all on all sequences in schema annodesk from public,
  annodesk_annotator, annodesk_analyst, annodesk_manager, annodesk_worker;
revoke all on all functions in schema annodesk from public,
  annodesk_annotator, annodesk_analyst, annodesk_manager, annodesk_worker;
do $$ declare o record; begin
  for o in select attrelid::regclass as t, string_agg(quote_ident(attname), ', ') as names from pg_attribute
     join pg_class c on c.oid = attrelid where c.relnamespace = 'annodesk'::regnamespace and c.relkind = 'r' and attnum > 0
     and not attisdropped and attacl is not null group by attrelid loop
    execute format('revoke all (%s) on %s from public, '
      'annodesk_annotator, annodesk_analyst, annodesk_manager, annodesk_worker',
                   o.names, o.t);
  end loop;
end $$;
