import type { KubernetesObject } from '@kubernetes/client-node';

/** A Kubernetes object as plain data; `spec`, `status`, `data` … as the API defines them for its kind. */
export type Manifest = KubernetesObject & { [field: string]: unknown };

export interface ObjectRef {
  apiVersion: string;
  kind: string;
  name: string;
  /** Left out for cluster-scoped objects. */
  namespace?: string;
}

export interface ListOptions {
  apiVersion: string;
  kind: string;
  namespace?: string;
  labelSelector?: string;
}

/** Preconditions from the object that the caller read. `uid` protects a recreated object, `resourceVersion` protects any change. */
export interface RemoveOptions {
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  /** Defaults to Background. */
  propagation?: 'Foreground' | 'Background';
}

/**
 * The Kubernetes API, as one service account. All calls obey the call context's signal and throw TenantError:
 * 401/403 UNAUTHORIZED (403 "exceeded quota" CEILING_REACHED), 409 CONFLICT, 422/400 INVALID_REQUEST, 429 THROTTLED, else UNAVAILABLE.
 */
export interface Kubernetes {
  /** POST. An object of that name: CONFLICT. Things that have an owner are created, never upserted. */
  create(manifest: Manifest): Promise<Manifest>;
  /** Server-side apply, field manager `tenant-service`, forced. Only inside a namespace that is the tenant's own. */
  apply(manifest: Manifest): Promise<Manifest>;
  get(ref: ObjectRef): Promise<Manifest | undefined>;
  /** All pages. */
  list(options: ListOptions): Promise<Manifest[]>;
  /** Merge patch of metadata (annotations, labels) or of spec fields nobody else owns. `undefined` when the object is gone. */
  mergePatch(ref: ObjectRef, patch: Record<string, unknown>): Promise<Manifest | undefined>;
  /** Deletes an object. A missing object counts as deleted. An object that fails the preconditions: `isOutdated`. */
  remove(ref: ObjectRef, options?: RemoveOptions): Promise<void>;
  /**
   * Sets the replicas of a Deployment or StatefulSet through its `scale` subresource, so that no other writer becomes owner of the field.
   * An object that has changed since its `resourceVersion`: `isOutdated`.
   */
  scale(ref: ObjectRef, replicas: number, resourceVersion?: string): Promise<void>;
}
