import type { Query } from './session.ts';

/** Most dependents named in a message, to keep it readable. */
const MOST_NAMED = 10;

/**
 * Catalogues whose objects can depend on a table, a type or a function of a schema. Each row has the schema of the object, or of its table.
 * A view stands for its rule. Internal triggers belong to a foreign key and are dropped with it.
 */
const HOMES = `
  SELECT 'pg_class'::regclass AS classid, oid AS objid, relnamespace AS home, oid AS relation FROM pg_class
  UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace, 0 FROM pg_proc
  UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace, typrelid FROM pg_type
  UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace, 0 FROM pg_operator
  UNION ALL SELECT 'pg_collation'::regclass, oid, collnamespace, 0 FROM pg_collation
  UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxnamespace, 0 FROM pg_statistic_ext
  UNION ALL SELECT 'pg_constraint'::regclass, oid, connamespace, 0 FROM pg_constraint
  UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, relnamespace, c.oid FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class
  UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, relnamespace, 0 FROM pg_attrdef d JOIN pg_class c ON c.oid = adrelid
  UNION ALL SELECT 'pg_trigger'::regclass, t.oid, relnamespace, 0 FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal
  UNION ALL SELECT 'pg_policy'::regclass, p.oid, relnamespace, 0 FROM pg_policy p JOIN pg_class c ON c.oid = polrelid`;

/** Lists the objects outside these schemas that CASCADE would drop, in PostgreSQL's words. */
export const dependentsOutside = async (query: Query, schemas: readonly string[]): Promise<string[]> => {
  const rows = await query<{ name: string }>(
    `WITH homes AS MATERIALIZED (${HOMES}),
          doomed AS (SELECT oid FROM pg_namespace WHERE nspname = ANY ($1)),
          inside AS (SELECT classid, objid FROM homes WHERE home IN (SELECT oid FROM doomed))
     SELECT DISTINCT CASE WHEN dependent.relation <> 0 THEN pg_describe_object('pg_class'::regclass, dependent.relation, 0)
                          ELSE pg_describe_object(dependent.classid, dependent.objid, 0) END AS name
     FROM inside JOIN pg_depend d ON d.refclassid = inside.classid AND d.refobjid = inside.objid
     JOIN homes dependent ON dependent.classid = d.classid AND dependent.objid = d.objid
     WHERE dependent.home NOT IN (SELECT oid FROM doomed) AND dependent.home <> 'pg_toast'::regnamespace
     ORDER BY 1`,
    [schemas]);
  return rows.map(({ name }) => name);
};

export const namesOf = (dependents: readonly string[]): string => {
  const more = dependents.length - MOST_NAMED;
  return `${dependents.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};
