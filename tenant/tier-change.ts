import type { OperationInput, OperationRequest } from './operations.ts';
import type { Quota, Subscription, Tier } from './tiers.ts';

/** Starts a tier change; the quota is that of an Enterprise tenant. */
export interface ChangeTier extends OperationRequest {
  tier: Tier;
  quota?: Quota;
}

export interface CheckFitInput extends OperationInput {
  tier: Tier;
  quota?: Quota | undefined;
}

/** What CHECK_FIT found: the change that fits, and whether it gives the tenant more room or less. */
export interface TierChange {
  from: Subscription;
  to: Subscription;
  direction: 'UP' | 'DOWN';
  /** Whether the tenant has that tier and quota already, so that the change only repairs it. */
  isRepair: boolean;
  /** Revision of each release before the change, by the name of its chart; without those that are not deployed. */
  revisions: Readonly<Record<string, number>>;
}

export interface ApplyTierInput extends OperationInput {
  to: Subscription;
  /** Whether this restores the tier before a change that did not succeed. */
  returning: boolean;
}

export interface UpgradeReleasesInput extends ApplyTierInput {
  /** Chart names. */
  releases: readonly string[];
  /** Whether nothing follows in the step, so that their end completes it. */
  last: boolean;
}

export interface RestoreReleasesInput extends OperationInput {
  /** Tier and quota before the change. */
  to: Subscription;
  /** Chart names. */
  releases: readonly string[];
  /** Revision of each release before the change, by chart name. */
  revisions: Readonly<Record<string, number>>;
}

export interface AnnounceTierChangeInput extends OperationInput {
  from: Subscription;
  to: Subscription;
}

export interface TierChangeResult extends Subscription {
  tenantId: string;
  slug: string;
}
