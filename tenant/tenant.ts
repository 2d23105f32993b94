import type { TenantStatus } from './lifecycle.ts';
import type { Holdings } from './ownership.ts';
import type { Quota, Tier } from './tiers.ts';

export const CLOUD_PROVIDERS = ['AZURE', 'AWS', 'GCP'] as const;
export type CloudProvider = (typeof CLOUD_PROVIDERS)[number];

/** Overrides a tenant may make to the platform's defaults; CONFIGURE applies them through the config-service. */
export interface TenantConfiguration {
  /** e.g. `gpt-4`, `claude`, or the name of a custom model. */
  aiModel?: string;
  queryTimeoutSeconds?: number;
  branding?: { logoUrl?: string; primaryColor?: string; title?: string };
  featureFlags?: Record<string, boolean>;
}

/** What a caller asks for. */
export interface CreateTenant {
  name: string;
  slug: string;
  tier: Tier;
  adminEmail: string;
  cloudProvider: CloudProvider;
  region: string;
  /** Required for Enterprise, refused for the others. */
  quota?: Quota;
  configuration?: TenantConfiguration;
  /** Free-form notes of the caller; stored, never interpreted. */
  settings?: Record<string, string>;
}

/** A tenant as the projection holds it. */
export interface Tenant {
  id: string;
  name: string;
  slug: string;
  tier: Tier;
  status: TenantStatus;
  adminEmail: string;
  cloudProvider: CloudProvider;
  region: string;
  environment: string;
  namespace: string;
  quota: Quota | null;
  configuration: TenantConfiguration;
  settings: Record<string, string>;
  ingressIp: string | null;
  dnsZone: string | null;
  holdings: Holdings;
  createdAt: Date;
  updatedAt: Date;
  /** When the tenant first became ACTIVE. From then on only a confirmed deletion removes it. */
  activatedAt: Date | null;
  /** Set while parts of the tenant differ from this record; else null. */
  mismatch: Mismatch | null;
}

/** A failed change that could not be restored in full. The next completed change of the same kind clears it. */
export interface Mismatch {
  /** ISO 8601. */
  since: string;
  /** The operation of the failed change. */
  operationId: string;
  /** Parts of the tenant, such as `quota`, each with the reason of its failed restore. */
  parts: Readonly<Record<string, string>>;
}

/** The mismatch that is left once the configuration is in force; parts that a change of tier left are not mended by that. */
export const withoutConfiguration = (mismatch: Mismatch | null): Mismatch | null => {
  const { configuration: _, ...parts } = mismatch?.parts ?? {};
  return mismatch && Object.keys(parts).length > 0 ? { ...mismatch, parts } : null;
};
