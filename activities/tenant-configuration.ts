import type { ConfigEntry, FeatureFlag } from '../connectors/platform/interface.ts';
import { TIER_PLANS, type Tier } from '../tenant/tiers.ts';
import type { Tenant } from '../tenant/tenant.ts';

/** The model of tenants that chose none. */
const DEFAULT_AI_MODEL = 'gpt-4';

/** Longest query of tenants that chose no limit, in seconds: the smaller the plan, the sooner its cores are free again. */
const DEFAULT_QUERY_TIMEOUT_SECONDS: Readonly<Record<Tier, number>> = { FREE: 60, PROFESSIONAL: 300, ENTERPRISE: 900 };

type Configured = Pick<Tenant, 'name' | 'tier' | 'configuration'>;

/** The flags in force: the tier's, and over them the tenant's own. */
export const featureFlagsOf = ({ tier, configuration }: Configured): FeatureFlag[] =>
  Object.entries({ ...TIER_PLANS[tier].featureFlags, ...configuration.featureFlags }).map(([key, enabled]) => ({ key, enabled }));

/**
 * The config-service entries of a tenant: AI model, query limit and dashboard branding, each with the tenant's override or its default.
 * Answers stream where the tenant has AI chat.
 */
export const configEntriesOf = (tenant: Configured): ConfigEntry[] => {
  const { name, tier, configuration: { aiModel, queryTimeoutSeconds, branding } } = tenant;
  const chat = featureFlagsOf(tenant).some(({ key, enabled }) => key === 'ai.chat' && enabled);
  return [
    { key: 'ai.model.default', value: aiModel ?? DEFAULT_AI_MODEL, valueType: 'STRING', category: 'ai' },
    { key: 'ai.streaming.enabled', value: String(chat), valueType: 'BOOLEAN', category: 'ai' },
    { key: 'query.timeout', value: String(queryTimeoutSeconds ?? DEFAULT_QUERY_TIMEOUT_SECONDS[tier]), valueType: 'INTEGER', category: 'query' },
    ...brandingEntries({ title: name, ...branding }),
  ];
};

const BRANDING_KEYS = { title: 'branding.title', logoUrl: 'branding.logo-url', primaryColor: 'branding.primary-color' } as const;

const brandingEntries = (branding: NonNullable<Tenant['configuration']['branding']>): ConfigEntry[] =>
  (Object.keys(BRANDING_KEYS) as (keyof typeof BRANDING_KEYS)[]).flatMap((part) => {
    const value = branding[part];
    return value === undefined ? [] : [{ key: BRANDING_KEYS[part], value, valueType: 'STRING' as const, category: 'branding' }];
  });
