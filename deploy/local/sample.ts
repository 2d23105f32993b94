import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { countActions, settledActions } from './billable-actions.ts';
import { duration, type Progress } from './progress.ts';
import type { Stack } from './stack/stack.ts';
import { temporalDev } from './temporal-dev.ts';

const SAMPLE = {
  name: 'Acme',
  slug: 'acme',
  tier: 'FREE',
  adminEmail: 'admin@acme.example',
  cloudProvider: 'AZURE',
  region: 'westeurope',
};
const POLL_MS = 200;

/** What `npm start -- --once` prints last. */
export interface SampleResult {
  readonly tenant: string;
  readonly status: string;
  readonly seconds: number;
  readonly phases: readonly { readonly phase: string; readonly seconds: number }[];
  readonly actions: number;
}

interface ProvisioningStatus {
  readonly status: 'QUEUED' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly failureReason?: string | null;
  readonly startedAt: string;
  readonly lastUpdatedAt: string;
  readonly phases: readonly { readonly phase: string; readonly title: string; readonly state: string; readonly startedAt?: string | null; readonly endedAt?: string | null }[];
}

export interface SampleOptions {
  /** Temporal namespace whose actions are counted: that of the API's runs, with nothing else at work in it. */
  readonly namespace?: string;
  readonly tenant?: typeof SAMPLE;
}

/** Asks the API for a tenant, acme unless told otherwise, shows its phases as they end, and returns when it is ACTIVE or has failed. */
export async function provisionSample(
  { endpoints }: Pick<Stack, 'endpoints'>, progress: Progress, { namespace = temporalDev.namespace, tenant: sample = SAMPLE }: SampleOptions = {},
): Promise<SampleResult> {
  const before = await countActions(endpoints.temporalMetrics, namespace);
  const authorization = `Bearer ${endpoints.tokens.platform_admin}`;
  const call = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
    const response = await request(`${endpoints.api}${path}`, {
      method,
      headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`${method} ${path} answered ${response.statusCode} ${text}`);
    return { location: String(response.headers['location']), json: JSON.parse(text) };
  };
  const { location } = await call('POST', '/api/v1/tenants', sample);
  const self = new URL(location, endpoints.api).pathname;
  progress.line(`provisioning tenant ${sample.slug} (${sample.tier})`);
  const final = await followPhases(async () => (await call('GET', `${self}/provisioning/status`)).json as ProvisioningStatus, progress);
  if (final.failureReason) progress.line(`  failed: ${final.failureReason}`);
  const { json: tenant } = await call('GET', self);
  return {
    tenant: sample.slug,
    status: tenant.status,
    seconds: secondsBetween(final.startedAt, final.lastUpdatedAt),
    phases: final.phases.map(({ phase, startedAt, endedAt }) => ({ phase, seconds: secondsBetween(startedAt, endedAt) })),
    actions: (await settledActions(endpoints.temporalMetrics, namespace)) - before,
  };
}

async function followPhases(read: () => Promise<ProvisioningStatus>, progress: Progress): Promise<ProvisioningStatus> {
  const shown = new Set<string>();
  for (;;) {
    const state = await read();
    for (const { phase, title, startedAt, endedAt } of state.phases) {
      if (!endedAt || shown.has(phase)) continue;
      shown.add(phase);
      progress.line(`  ✓ ${phase.padEnd(17)} ${duration(secondsBetween(startedAt, endedAt) * 1_000).padStart(7)}  ${title}`);
    }
    if (state.status === 'COMPLETED' || state.status === 'FAILED') return state;
    await sleep(POLL_MS);
  }
}

const secondsBetween = (from?: string | null, to?: string | null): number => (from && to ? (Date.parse(to) - Date.parse(from)) / 1_000 : 0);
