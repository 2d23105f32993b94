import { call, type Answer } from './api.ts';
import { until } from './until.ts';

/** Waits until an operation has ended; returns it with its steps. */
export const untilEnded = async (runId: string, { api, seconds = 90 }: { api?: string; seconds?: number } = {}): Promise<Record<string, any>> =>
  until(`the end of operation ${runId}`, async () => {
    const { status, body } = await call(`/operations/${runId}`, api ? { api } : {});
    return status === 200 && !['QUEUED', 'IN_PROGRESS'].includes(body['status']) && body;
  }, { seconds, intervalMs: 400 });

/** A run that has recorded its end takes its time to close where many tests share a machine; until then the next operation is refused. */
const isClosing = ({ status, body }: Answer): boolean => status === 503 || (status === 409 && body['code'] === 'MATIH-TENANT-3005');

/** Asks for an operation on a tenant by POST and waits until it has ended. */
export const operate = async (tenantId: string, path: string, options: { api?: string; seconds?: number } = {}): Promise<Record<string, any>> => {
  const { status, body } = await until(`${path} to be accepted`, async () => {
    const answer = await call(`/tenants/${tenantId}/${path}`, { method: 'POST', ...(options.api && { api: options.api }) });
    return !isClosing(answer) && answer;
  });
  if (status !== 202) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(body)}`);
  return untilEnded(body['operation'].runId as string, options);
};
