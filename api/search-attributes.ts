import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import type { OperationKind } from '../tenant/lifecycle.ts';
import type { Tier } from '../tenant/tiers.ts';

/** By which operators find runs in the Web UI. A start that names an unregistered one fails, so readiness asks for them. */
export const SEARCH_ATTRIBUTES = {
  tenantId: defineSearchAttributeKey('TenantId', 'KEYWORD'),
  tenantSlug: defineSearchAttributeKey('TenantSlug', 'KEYWORD'),
  tenantTier: defineSearchAttributeKey('TenantTier', 'KEYWORD'),
  operation: defineSearchAttributeKey('TenantOperation', 'KEYWORD'),
} as const;

export const searchAttributesOf = (tenant: { id: string; slug: string; tier: Tier }, kind: OperationKind): TypedSearchAttributes =>
  new TypedSearchAttributes([
    { key: SEARCH_ATTRIBUTES.tenantId, value: tenant.id },
    { key: SEARCH_ATTRIBUTES.tenantSlug, value: tenant.slug },
    { key: SEARCH_ATTRIBUTES.tenantTier, value: tenant.tier },
    { key: SEARCH_ATTRIBUTES.operation, value: kind },
  ]);
