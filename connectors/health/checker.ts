import { setTimeout as sleep } from 'node:timers/promises';
import { ProxyAgent, request, type Dispatcher } from 'undici';
import type { WorkerSettings } from '../../settings/worker.ts';
import { callContext, timeLimit } from '../call-context.ts';
import type { HealthChecker, HealthResult } from './interface.ts';

/** Milliseconds between two questions, and for one answer, so that one lost packet does not use up the whole time. */
const INTERVAL_MS = 500;
const ANSWER_LIMIT_MS = 5000;

/** Checks health over HTTP, through the forward proxy for cluster names where one is set. */
export const createHealthChecker = (settings: Pick<WorkerSettings, 'CLUSTER_HTTP_PROXY'>): HealthChecker => {
  // Absolute-form requests instead of CONNECT tunnels: that is what plain HTTP forward proxies speak.
  const dispatcher = settings.CLUSTER_HTTP_PROXY ? new ProxyAgent({ uri: settings.CLUSTER_HTTP_PROXY, proxyTunnel: false }) : undefined;

  return {
    async check(url, timeoutMs) {
      const started = Date.now();
      const left = (): number => timeoutMs - (Date.now() - started);
      const cancelled = callContext()?.signal;
      for (;;) {
        const answer = await ask(url, Math.max(1, Math.min(ANSWER_LIMIT_MS, left())), cancelled, dispatcher);
        cancelled?.throwIfAborted();
        if (answer.healthy || left() <= INTERVAL_MS) return { ...answer, milliseconds: Date.now() - started };
        await sleep(INTERVAL_MS, undefined, cancelled ? { signal: cancelled } : {});
      }
    },
  };
};

const ask = async (
  url: string, limitMs: number, cancelled: AbortSignal | undefined, dispatcher: Dispatcher | undefined,
): Promise<Omit<HealthResult, 'milliseconds'>> => {
  const limit = timeLimit(limitMs);
  try {
    const { statusCode, body } = await request(url, {
      signal: cancelled ? AbortSignal.any([cancelled, limit]) : limit,
      ...(dispatcher && { dispatcher }),
    });
    await body.dump();
    const healthy = statusCode >= 200 && statusCode < 300;
    return healthy ? { healthy, statusCode } : { healthy, statusCode, reason: `answered ${statusCode}` };
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    return { healthy: false, reason: limit.aborted ? 'no answer in time' : typeof code === 'string' ? code : 'connection failed' };
  }
};
