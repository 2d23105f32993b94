import { Problem } from './problems.ts';

/** Most concurrent mutating calls of one tenant. They may wait for the tenant's lock, each on one of the pool's 20 connections. */
const MOST = 8;

/** Limits concurrent calls per tenant, so that a blocked tenant leaves connections to the others. */
export interface CallLimit {
  /** Runs `body`, or throws TENANT_BUSY. A call without a tenant is not limited. */
  within: <T>(tenantId: string | undefined, body: () => Promise<T>) => Promise<T>;
}

export const createCallLimit = (): CallLimit => {
  const atWork = new Map<string, number>();
  return {
    within: async (tenantId, body) => {
      if (tenantId === undefined) return body();
      const id = tenantId.toLowerCase();
      const others = atWork.get(id) ?? 0;
      if (others >= MOST) throw new Problem('TENANT_BUSY', 'repeat the request in a moment', { headers: { 'Retry-After': '1' } });
      atWork.set(id, others + 1);
      try {
        return await body();
      } finally {
        const left = atWork.get(id)! - 1;
        if (left > 0) atWork.set(id, left);
        else atWork.delete(id);
      }
    },
  };
};
