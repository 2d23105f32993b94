import { setTimeout as sleep } from 'node:timers/promises';
import type { AdmittedOperation } from '../../projection/interface.ts';
import type { WorkerSettings } from '../../settings/worker.ts';

/**
 * Waits until no resolver can return the load balancer's address: the TTL of the address records, counted from their removal. The cloud
 * reassigns a freed address within seconds.
 */
export const addressForgotten = async (
  { phaseOutputs }: Pick<AdmittedOperation, 'phaseOutputs'>,
  { DNS_RECORD_TTL_SECONDS: ttl }: Pick<WorkerSettings, 'DNS_RECORD_TTL_SECONDS'>,
  signal: AbortSignal,
): Promise<void> => {
  const withdrawnAt = phaseOutputs['WITHDRAW_INGRESS']?.['withdrawnAt'];
  if (typeof withdrawnAt !== 'string') return;
  const left = Math.min(ttl * 1000, Date.parse(withdrawnAt) + ttl * 1000 - Date.now());
  if (left > 0) await sleep(left, undefined, { signal });
};
