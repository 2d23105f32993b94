/** Lines about a tenant that are equal for two tenants of the same life. */
import { databaseRoleOf } from '../../../tenant/names.ts';
import { inventory } from '../inventory.ts';
import type { MatrixTenant } from './acts.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const ADDRESS = /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g;
const HASH = /\b[0-9a-f]{32,64}\b/g;
const NAME_SERVER = /ns\d+-\d+\.azure-dns/g;
const NODE_PORT = /"(nodePort|healthCheckNodePort)":\d+/g;

/** Replaces text that differs between tenants or runs by a word. */
export const general = ({ slug, id }: Pick<MatrixTenant, 'slug' | 'id'>, text: string): string => text
  .replaceAll(id || '-no-id-', 'ID').replaceAll(slug, 'SLUG').replaceAll(databaseRoleOf(slug).replace(/^tenant_/, ''), 'SLUG')
  .replace(UUID, 'UUID').replace(TIME, 'TIME').replace(ADDRESS, 'ADDRESS').replace(HASH, 'HASH').replace(NAME_SERVER, 'SERVER').replace(NODE_PORT, '"$1":0');

/** Values of secrets are random; their keys are not. */
const withoutSecrets = (name: string, value: unknown): unknown => {
  if (/password|secret|token/i.test(name) && typeof value === 'string') return 'SECRET';
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
  return typeof type === 'string' && typeof data === 'object' && data !== null ? { ...(value as object), data: Object.keys(data) } : value;
};

/** A repeated upgrade may count one revision more, in Helm's own records and in those of the Deployment controller. */
const withoutRevisions = (line: string): string => line.startsWith('Secret sh.helm.release.v1')
  ? line.replace(/\.v\d+ .*/, '') : line.replace(/"deployment\.kubernetes\.io\/revision":"\d+",?/, '');

/** Every thing that bears the tenant's names in every outside system, as a line without what differs between tenants. */
export const stateOf = async (tenant: MatrixTenant): Promise<string[]> => {
  const systems = await inventory(tenant.slug, tenant.id, (value) => JSON.stringify(value, withoutSecrets));
  const lines = Object.entries(systems).flatMap(([system, things]) => things.map((thing) => `${system}: ${withoutRevisions(general(tenant, thing)).replace(/\s+/g, ' ')}`));
  return [...new Set(lines)].toSorted();
};

/** Lines that only one of two lists has, each cut short. */
export const difference = (expected: readonly string[], actual: readonly string[]): string[] => {
  const left = [...actual];
  const missing = expected.filter((line) => {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  return [...missing.map((line) => `missing: ${line}`), ...left.map((line) => `too much: ${line}`)].map((line) => line.slice(0, 600));
};
