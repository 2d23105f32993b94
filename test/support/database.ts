import pg from 'pg';
import { namespaceOf, SECRETS } from '../../tenant/names.ts';
import { cluster } from './cluster.ts';
import { endpoints } from './endpoints.ts';

/** Runs a query on one of the stack's two databases as their administrator. */
export const query = async <Row extends pg.QueryResultRow>(database: 'controlPlane' | 'dataPlane', sql: string, values: unknown[] = []): Promise<Row[]> =>
  queryAt<Row>(endpoints().postgres[database], sql, values);

/** The data plane database with the credential that a tenant's services are given. */
export const tenantDatabaseUrl = async (slug: string): Promise<string> => {
  const secret = await cluster().get('v1', 'Secret', SECRETS.database, namespaceOf(slug));
  const value = (key: string): string => encodeURIComponent(Buffer.from(secret?.['data'][key], 'base64').toString());
  const url = new URL(endpoints().postgres.dataPlane);
  url.username = value('username');
  url.password = value('password');
  return url.href;
};

/** Runs a query with credentials of one's own. */
export const queryAt = async <Row extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
};
