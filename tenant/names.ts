/** Names derived from a tenant's slug. The only place that knows how a slug becomes a namespace, release, schema, role or zone. */

/** 3–32 characters: a Helm release name holds 53, and the longest suffix, `-data-quality-service`, takes 21 of them. */
export const SLUG_MIN_LENGTH = 3;
export const SLUG_MAX_LENGTH = 32;

/** Lower case letters, digits and single inner hyphens, starting with a letter, because schema names start with the slug. */
export const SLUG_PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Words that are DNS labels of the platform itself, or that YAML reads as something other than a string. */
const RESERVED_SLUGS: ReadonlySet<string> = new Set([
  'api', 'admin', 'www', 'app', 'auth', 'mail', 'status', 'docs', 'support', 'console', 'platform', 'system', 'default', 'kube', 'matih',
  'control-plane', 'data-plane', 'bi', 'iam', 'config', 'notification', 'audit', 'infrastructure', 'grafana', 'monitoring', 'internal',
  'true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n',
]);

/** PostgreSQL keeps roles and schemas that start with `pg_` for itself. */
const RESERVED_PREFIX = 'pg-';

/** Whether the platform, PostgreSQL or YAML already gives this slug a meaning. */
export const isReservedSlug = (slug: string): boolean =>
  RESERVED_SLUGS.has(slug) || slug.startsWith(RESERVED_PREFIX);

const identifier = (slug: string): string => slug.replaceAll('-', '_');

export const namespaceOf = (slug: string): string => `matih-data-plane-${slug}`;
export const releaseOf = (slug: string, service: string): string => `${slug}-${service}`;
export const ingressReleaseOf = (slug: string): string => `${slug}-ingress-controller`;
export const ingressClassOf = (slug: string): string => `nginx-${slug}`;
export const schemaOf = (slug: string, database: string): string => `${identifier(slug)}_${database}`;
export const databaseRoleOf = (slug: string): string => `tenant_${identifier(slug)}`;
export const zoneOf = (slug: string, parentZone: string): string => `${slug}.${parentZone}`;

/** The name of a tenant's zone. The stored name stays when the settings get another parent zone. */
export const dnsZoneOf = ({ slug, dnsZone }: { slug: string; dnsZone: string | null }, parentZone: string): string => dnsZone ?? zoneOf(slug, parentZone);

/** Every operation on a tenant is a run of this one workflow id, so Temporal itself refuses a second one at the same time. */
export const workflowIdOf = (slug: string): string => `tenant-${slug}`;

/**
 * Workflow id of the wait for a deletion's confirmation. The wait blocks no operation, so its id differs from the tenant's. It contains the
 * tenant's id, because any `tenant-` name may be the workflow id of some slug.
 */
export const deletionWaitWorkflowIdOf = (tenantId: string): string => `deletion-of-${tenantId}`;

/** The A records of a child zone, in the order they are created. */
export const ADDRESS_RECORDS = ['@', '*', 'api', 'bi'] as const;

/** The five secrets of a tenant's namespace. */
export const SECRETS = {
  database: 'tenant-db-credentials',
  redis: 'tenant-redis-credentials',
  kafka: 'tenant-kafka-credentials',
  jwt: 'tenant-jwt-secret',
  llm: 'tenant-llm-api-key',
} as const;

/** Labels on every object of a tenant. The id is the mark of ownership; it is never used in a selector. */
export const LABELS = {
  tenant: 'matih.io/tenant',
  tier: 'matih.io/tier',
  managedBy: 'matih.io/managed-by',
  tenantId: 'matih.io/tenant-id',
} as const;

export const MANAGED_BY = 'tenant-service';
