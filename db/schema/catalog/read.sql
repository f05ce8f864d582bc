-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What the schema public is made of: a line for every object, with a hash of all that
-- matters about it.  The same in every library with the same steps: no object ids, a
-- superuser's own name is left out, and so are the rights of the replicator, which
-- belong to the replication.  Partitions come and go, so those of a table are one line.
-- Run with search_path = pg_catalog.  One statement without its semicolon.
WITH who AS (
    SELECT r.oid, CASE WHEN r.rolsuper THEN '<superuser>' ELSE r.rolname::text END AS name FROM pg_roles AS r
     UNION ALL
    SELECT 0, 'PUBLIC'
), foreign_object AS (
    SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.deptype = 'e'
), relation AS (
    SELECT c.*
      FROM pg_class AS c
     WHERE c.relnamespace = 'public'::regnamespace
       AND NOT c.relispartition
       AND NOT EXISTS (SELECT FROM foreign_object AS f WHERE f.classid = 'pg_class'::regclass AND f.objid = c.oid)
), object AS (
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
           c.relname::text AS name,
           concat_ws('|', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
                     c.reloptions::text, pg_get_partkeydef(c.oid)) AS definition,
           c.relacl AS acl, (CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char" AS acl_type, c.relowner AS owner,
           CASE WHEN c.relkind IN ('r', 'p') AND NOT c.relrowsecurity THEN 'row security is off'
                WHEN c.relkind IN ('r', 'p') AND NOT c.relforcerowsecurity THEN 'row security is not forced' END AS note
      FROM relation AS c
     WHERE c.relkind IN ('r', 'p', 'S', 'f')
     UNION ALL
    SELECT 'view', c.relname::text, concat_ws('|', c.relkind, c.reloptions::text, pg_get_viewdef(c.oid)),
           c.relacl, 'r'::"char", c.relowner, NULL
      FROM relation AS c
     WHERE c.relkind IN ('v', 'm')
     UNION ALL
    SELECT 'column', c.relname || '.' || a.attname,
           concat_ws('|', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attidentity,
                     (SELECT o.collname FROM pg_collation AS o WHERE o.oid = a.attcollation),
                     pg_get_expr(d.adbin, d.adrelid)),
           a.attacl, 'c'::"char", c.relowner, NULL
      FROM relation AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE c.relkind IN ('r', 'p', 'f', 'c')
     UNION ALL
    SELECT 'constraint', c.relname || '.' || k.conname, pg_get_constraintdef(k.oid), NULL, NULL, NULL,
           CASE WHEN NOT k.convalidated THEN 'it was never checked' END
      FROM relation AS c
      JOIN pg_constraint AS k ON k.conrelid = c.oid
     WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0
     UNION ALL
    SELECT 'index', i.relname::text,
           concat_ws('|', pg_get_indexdef(i.oid), x.indisvalid, x.indisready, x.indislive), NULL, NULL, i.relowner,
           CASE WHEN NOT x.indisvalid THEN 'it is not valid' END
      FROM relation AS c
      JOIN pg_index AS x ON x.indrelid = c.oid
      JOIN pg_class AS i ON i.oid = x.indexrelid
     UNION ALL
    SELECT 'trigger', c.relname || '.' || t.tgname, concat_ws('|', pg_get_triggerdef(t.oid), t.tgenabled), NULL, NULL,
           NULL,
           CASE t.tgenabled WHEN 'D' THEN 'it is disabled' WHEN 'R' THEN 'it acts on replicas only'
                            WHEN 'A' THEN 'it acts always' END
      FROM relation AS c
      JOIN pg_trigger AS t ON t.tgrelid = c.oid
     WHERE NOT t.tgisinternal
     UNION ALL
    -- What checks a foreign key is switched off with all triggers of a table.
    SELECT 'foreign key check', c.relname || '.' || k.conname || ' ' || p.proname, t.tgenabled::text, NULL, NULL, NULL,
           CASE WHEN t.tgenabled = 'D' THEN 'it is disabled' END
      FROM relation AS c
      JOIN pg_trigger AS t ON t.tgrelid = c.oid
      JOIN pg_constraint AS k ON k.oid = t.tgconstraint AND k.conparentid = 0
      JOIN pg_proc AS p ON p.oid = t.tgfoid
     WHERE t.tgisinternal AND t.tgparentid = 0
     UNION ALL
    SELECT 'rule', c.relname || '.' || r.rulename, concat_ws('|', pg_get_ruledef(r.oid), r.ev_enabled), NULL, NULL, NULL,
           NULL
      FROM relation AS c
      JOIN pg_rewrite AS r ON r.ev_class = c.oid
     WHERE r.rulename <> '_RETURN'
     UNION ALL
    SELECT 'policy', c.relname || '.' || y.polname,
           concat_ws('|', y.polcmd, y.polpermissive,
                     (SELECT string_agg(w.name, ',' ORDER BY w.name COLLATE "C") FROM who AS w WHERE w.oid = ANY (y.polroles)),
                     pg_get_expr(y.polqual, y.polrelid), '|', pg_get_expr(y.polwithcheck, y.polrelid)),
           NULL, NULL, NULL, NULL
      FROM relation AS c
      JOIN pg_policy AS y ON y.polrelid = c.oid
     UNION ALL
    SELECT 'partitions', c.relname::text,
           string_agg(DISTINCT concat_ws('|', p.relpersistence, p.relrowsecurity, p.relforcerowsecurity, p.relacl::text,
               (SELECT string_agg(t.tgname || t.tgenabled::text, ',' ORDER BY t.tgname)
                  FROM pg_trigger AS t
                 WHERE t.tgrelid = p.oid AND NOT t.tgisinternal)), E'\n'),
           NULL, NULL, NULL, NULL
      FROM relation AS c
      JOIN pg_inherits AS h ON h.inhparent = c.oid
      JOIN pg_class AS p ON p.oid = h.inhrelid AND p.relkind IN ('r', 'p')
     GROUP BY c.relname
     UNION ALL
    SELECT CASE WHEN o.rolsuper THEN 'superuser function' WHEN p.prokind = 'p' THEN 'procedure' ELSE 'function' END,
           p.oid::regprocedure::text,
           concat_ws('|', p.prokind, l.lanname, p.provolatile, p.prosecdef, p.proleakproof, p.proisstrict, p.proretset,
                     p.proparallel, p.procost, p.prorows, p.proconfig::text, p.prosupport,
                     pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.prosrc,
                     pg_get_function_sqlbody(p.oid)),
           p.proacl, 'f'::"char", p.proowner, NULL
      FROM pg_proc AS p
      JOIN pg_language AS l ON l.oid = p.prolang
      JOIN pg_roles AS o ON o.oid = p.proowner
     WHERE p.pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM foreign_object AS f WHERE f.classid = 'pg_proc'::regclass AND f.objid = p.oid)
     UNION ALL
    SELECT 'type', t.typname::text,
           concat_ws('|', t.typtype, format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull, t.typdefault,
                     (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid),
                     (SELECT string_agg(pg_get_constraintdef(k.oid), ',' ORDER BY k.conname)
                        FROM pg_constraint AS k WHERE k.contypid = t.oid)),
           t.typacl, 'T'::"char", t.typowner, NULL
      FROM pg_type AS t
     WHERE t.typnamespace = 'public'::regnamespace
       AND (t.typtype IN ('d', 'e', 'r') OR EXISTS (SELECT FROM relation AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
       AND NOT EXISTS (SELECT FROM foreign_object AS f WHERE f.classid = 'pg_type'::regclass AND f.objid = t.oid)
     UNION ALL
    SELECT 'statistics', s.stxname::text, pg_get_statisticsobjdef(s.oid), NULL, NULL, s.stxowner, NULL
      FROM pg_statistic_ext AS s
     WHERE s.stxnamespace = 'public'::regnamespace
     UNION ALL
    SELECT 'text search configuration', g.cfgname::text,
           (SELECT string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary), ','
                              ORDER BY m.maptokentype, m.mapseqno)
              FROM pg_ts_config_map AS m WHERE m.mapcfg = g.oid),
           NULL, NULL, g.cfgowner, NULL
      FROM pg_ts_config AS g
     WHERE g.cfgnamespace = 'public'::regnamespace
     UNION ALL
    SELECT 'event trigger', e.evtname::text,
           concat_ws('|', e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evttags::text), NULL, NULL, e.evtowner, NULL
      FROM pg_event_trigger AS e
     UNION ALL
    -- It silences all triggers at once, without a trace in any of them.
    SELECT 'setting', 'session_replication_role', t.reset_val, NULL, NULL, NULL, 'triggers are silent'
      FROM pg_settings AS t
     WHERE t.name = 'session_replication_role' AND t.reset_val <> 'origin'
     UNION ALL
    SELECT 'setting', 'session_replication_role of ' || coalesce(w.name, 'everybody'), c.entry, NULL, NULL, NULL,
           'triggers are silent'
      FROM pg_db_role_setting AS s
      JOIN unnest(s.setconfig) AS c (entry) ON c.entry LIKE 'session_replication_role=%' AND c.entry NOT LIKE '%=origin'
      LEFT JOIN who AS w ON w.oid = s.setrole AND s.setrole <> 0
     WHERE s.setdatabase = 0 OR s.setdatabase = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
     UNION ALL
    SELECT 'default privileges', concat_ws(' ', w.name, coalesce(n.nspname, 'everywhere'), d.defaclobjtype), '',
           d.defaclacl, d.defaclobjtype, NULL, NULL
      FROM pg_default_acl AS d
      JOIN who AS w ON w.oid = d.defaclrole
      LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
     UNION ALL
    SELECT 'schema', n.nspname::text,
           (SELECT string_agg(concat_ws('=', w.name, a.privilege_type), ',' ORDER BY w.name COLLATE "C", a.privilege_type)
              FROM aclexplode(n.nspacl) AS a
              JOIN who AS w ON w.oid = a.grantee
             WHERE (w.name LIKE 'branchline%' OR w.name = 'PUBLIC') AND w.name <> 'branchline_replicator'),
           NULL, NULL, n.nspowner, NULL
      FROM pg_namespace AS n
     WHERE n.nspname = 'public'
)
SELECT o.kind, o.name, o.note,
       left(md5(concat_ws('|', o.definition, '|', w.name, '|',
           (SELECT string_agg(concat_ws('=', g.name, a.privilege_type, nullif(a.is_grantable, false)), ','
                              ORDER BY g.name COLLATE "C", a.privilege_type, a.is_grantable)
              FROM aclexplode(coalesce(o.acl, acldefault(o.acl_type, o.owner))) AS a
              JOIN who AS g ON g.oid = a.grantee
             WHERE g.name <> 'branchline_replicator'))), 16) AS hash
  FROM object AS o
  LEFT JOIN who AS w ON w.oid = o.owner
