import { createConfiguration, HttpMethod, KubernetesObjectApi, type KubeConfig, type RequestContext, type ResponseContext, ServerConfiguration } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { callContext, callSignal, mutating } from '../call-context.ts';
import type { Manifest } from './interface.ts';
import { isNotFound, statusError, transportError, unknownKind, withoutQuotation } from './errors.ts';

export interface ObjectRequest {
  method: HttpMethod;
  /** Decides between the collection's address and the object's. */
  action: 'create' | 'list' | 'read' | 'patch' | 'delete';
  /** Kind, namespace and name of the object in question. */
  object: Manifest;
  subresource?: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  contentType?: string;
}

/**
 * The library's generic client (discovery, credentials, TLS) with plain JSON instead of its typed models: those rename fields
 * (`from` becomes `_from`), silently drop what is written by its real name, and turn times into dates.
 */
export class ObjectClient extends KubernetesObjectApi {
  readonly #callTimeoutMs: number;

  constructor(kubeConfig: KubeConfig, callTimeoutMs: number) {
    const cluster = kubeConfig.getCurrentCluster();
    if (!cluster) throw new Error('the kubeconfig names no cluster');
    super(createConfiguration({
      baseServer: new ServerConfiguration(cluster.server, {}),
      authMethods: { default: reuseConnections(kubeConfig) },
      promiseMiddleware: [{
        pre: async (request: RequestContext) => { request.setSignal(callSignal(callTimeoutMs)); return request; },
        post: async (response: ResponseContext) => response,
      }],
    }));
    this.#callTimeoutMs = callTimeoutMs;
  }

  /** Sends one request and returns the response's JSON. Throws TenantError; `isNotFound` identifies a missing object or kind. */
  send(request: ObjectRequest): Promise<Manifest> {
    return request.method === HttpMethod.GET ? this.#exchange(request) : mutating(() => this.#exchange(request));
  }

  async #exchange(request: ObjectRequest): Promise<Manifest> {
    const { method, action, object, subresource, query = {}, body, contentType = 'application/json' } = request;
    try {
      const path = await this.specUriPath(structuredClone(object), action);
      const context = this.configuration.baseServer.makeRequestContext(subresource ? `${path}/${subresource}` : path, method);
      context.setHeaderParam('Accept', 'application/json');
      for (const [name, value] of Object.entries(query)) context.setQueryParam(name, value);
      if (body !== undefined) {
        context.setHeaderParam('Content-Type', contentType);
        context.setBody(JSON.stringify(body));
      }
      return await this.requestPromise(context);
    } catch (error) {
      const cancelled = callContext()?.signal;
      if (cancelled?.aborted) throw cancelled.reason;
      const classified = transportError(error, this.#callTimeoutMs);
      throw object.kind === 'Secret' && classified.details ? withoutQuotation(classified) : classified;
    }
  }

  protected override async resource(apiVersion: string, kind: string) {
    const resource = await super.resource(apiVersion, kind).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    if (!resource) throw unknownKind(apiVersion, kind);
    return resource;
  }

  protected override async processResponse<T>(response: ResponseContext): Promise<T> {
    const text = await response.body.text();
    if (response.httpStatusCode < 300) return JSON.parse(text) as T;
    throw statusError(response.httpStatusCode, text, response.headers['retry-after']);
  }
}

/** The library makes a new connection pool, hence a new TLS handshake, for every request; this keeps the first. Tokens stay fresh. */
const reuseConnections = (kubeConfig: KubeConfig) => {
  let dispatcher: Dispatcher | undefined;
  return {
    getName: () => kubeConfig.getName(),
    applySecurityAuthentication: async (request: RequestContext): Promise<void> => {
      await kubeConfig.applySecurityAuthentication(request);
      dispatcher ??= request.getDispatcher();
      if (dispatcher) request.setDispatcher(dispatcher);
    },
  };
};
