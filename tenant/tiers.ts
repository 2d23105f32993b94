/** What a tenant's plan allows: quotas enforced by Kubernetes, users by IAM, features by the config-service. */

export const TIERS = ['FREE', 'PROFESSIONAL', 'ENTERPRISE'] as const;
export type Tier = (typeof TIERS)[number];

/** Sum of requests in the namespace. Kubernetes quantities: `cpu` in cores, `memory` as `16Gi`. */
export interface Quota {
  cpu: string;
  memory: string;
  pods: number;
}

/** What a tenant has subscribed to; the quota is null where the tier fixes it. */
export interface Subscription {
  tier: Tier;
  quota: Quota | null;
}

export interface TierPlan {
  /** null: given per tenant. */
  readonly quota: Quota | null;
  /** null: unlimited. */
  readonly maxUsers: number | null;
  /** CONNECTION LIMIT of the tenant's database role: nine services with small pools, more with more replicas. */
  readonly databaseConnections: number;
  readonly featureFlags: Readonly<Record<string, boolean>>;
}

export const TIER_PLANS: Readonly<Record<Tier, TierPlan>> = {
  FREE: {
    quota: { cpu: '2', memory: '4Gi', pods: 20 },
    maxUsers: 5,
    databaseConnections: 30,
    featureFlags: { 'analytics.full': false, 'ai.chat': false, 'ml.enabled': false, 'ai.custom-models': false, 'support.sla': false },
  },
  PROFESSIONAL: {
    quota: { cpu: '8', memory: '16Gi', pods: 50 },
    maxUsers: 50,
    databaseConnections: 100,
    featureFlags: { 'analytics.full': true, 'ai.chat': true, 'ml.enabled': true, 'ai.custom-models': false, 'support.sla': false },
  },
  ENTERPRISE: {
    quota: null,
    maxUsers: null,
    databaseConnections: 300,
    featureFlags: { 'analytics.full': true, 'ai.chat': true, 'ml.enabled': true, 'ai.custom-models': true, 'support.sla': true },
  },
};

/** The quota in force: the plan's own, else the one given for the tenant. Throws if an Enterprise tenant has none. */
export const quotaOf = (tier: Tier, custom: Quota | null | undefined): Quota => {
  const quota = TIER_PLANS[tier].quota ?? custom;
  if (!quota) throw new Error(`tier ${tier} needs a quota of its own`);
  return quota;
};

/** The form used in labels and Helm values. */
export const tierLabel = (tier: Tier): string => tier.toLowerCase();
