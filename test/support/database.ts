import pg from 'pg';
import { endpoints } from './endpoints.ts';

/** Runs a query on one of the stack's two databases as their administrator. */
export const query = async <Row extends pg.QueryResultRow>(database: 'controlPlane' | 'dataPlane', sql: string, values: unknown[] = []): Promise<Row[]> =>
  queryAt<Row>(endpoints().postgres[database], sql, values);

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
