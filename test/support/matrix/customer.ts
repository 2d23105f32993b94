import { namespaceOf, schemaOf, zoneOf } from '../../../tenant/names.ts';
import { call } from '../api.ts';
import { query } from '../database.ts';
import { inventory } from '../inventory.ts';
import type { MatrixTenant } from './acts.ts';

const PARENT = 'matih.ai';
const DATABASE = 'ai';

/** A customer who works with a tenant as soon as it is ACTIVE, and notices when what they have is gone. */
export class Customer {
  readonly #tenant: MatrixTenant;
  /** Ids of the tenants of this slug in which the customer has a row. */
  readonly #worksIn = new Set<string>();

  constructor(tenant: MatrixTenant) {
    this.#tenant = tenant;
  }

  get #table(): string {
    return `"${schemaOf(this.#tenant.slug, DATABASE)}".customers`;
  }

  /** Begins to work where the tenant is ACTIVE, and looks whether everything is there. @returns what was lost */
  async look(): Promise<string[]> {
    const { slug, id } = this.#tenant;
    const lost = await this.lost();
    const { body } = await call(`/tenants/${id}`, { api: this.#tenant.api });
    if (body['status'] === 'ACTIVE' && !this.#worksIn.has(id)) {
      await query('dataPlane', `CREATE TABLE ${this.#table} (name text)`);
      await query('dataPlane', `INSERT INTO ${this.#table} VALUES ('of ${slug}')`);
      this.#worksIn.add(id);
    }
    return lost;
  }

  /** Lost parts of a tenant that was ever ACTIVE and whose deletion is not confirmed. */
  async lost(): Promise<string[]> {
    const { slug, id } = this.#tenant;
    const removed = await query<{ id: string }>('controlPlane',
      `SELECT tenant_id AS id FROM tenant_operations WHERE slug = $1 AND removed_tenant->>'activatedAt' IS NOT NULL
         AND NOT EXISTS (SELECT FROM deletion_requests WHERE tenant_id = tenant_operations.tenant_id AND state = 'CONFIRMED')`, [slug]);
    const problems = removed.map((row) => `the record of ${row.id}, which was ACTIVE, is gone`);
    if (!this.#worksIn.has(id) || (await query('controlPlane', `SELECT 1 FROM deletion_requests WHERE tenant_id = $1 AND state = 'CONFIRMED'`, [id])).length > 0) return problems;
    const { kubernetes, dns } = await inventory(slug, id);
    if (!kubernetes.some((line) => line.startsWith(`Namespace ${namespaceOf(slug)} `))) problems.push('the namespace is gone');
    if (!dns.some((line) => line.startsWith(`zone ${zoneOf(slug, PARENT)} `))) problems.push('the zone is gone');
    const rows = await query<{ name: string }>('dataPlane', `SELECT name FROM ${this.#table}`).catch(() => []);
    if (rows.length !== 1) problems.push('the customer\'s row is gone');
    return problems;
  }
}
