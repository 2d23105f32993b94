import type { Kubernetes, Manifest } from '../connectors/kubernetes/interface.ts';
import { TenantError } from '../tenant/errors.ts';

/** Creates an object of the tenant's own namespace, unless it is there: a request of an attempt that died may still have landed. */
export const createOnce = async (kubernetes: Kubernetes, manifest: Manifest): Promise<void> => {
  await kubernetes.create(manifest).catch((error: unknown) => {
    if (!isConflict(error)) throw error;
  });
};

export const isConflict = (error: unknown): boolean => error instanceof TenantError && error.failureClass === 'CONFLICT';
