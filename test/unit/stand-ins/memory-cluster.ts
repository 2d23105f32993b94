import { randomUUID } from 'node:crypto';
import { ClusterError, type Cluster } from '../../../deploy/local/stand-ins/cluster.ts';

type Json = Record<string, any>;

/** As much of an API server as the stand-ins' controllers touch: objects by path, merge patches, finalizers. No validation, no watches. */
export class MemoryCluster implements Cluster {
  readonly #objects = new Map<string, Json>();

  call<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T | undefined> {
    const bare = path.replace(/\?.*$/, '').replace(/\/status$/, '');
    return Promise.resolve().then(() => this.#act(method, bare, body as Json) as T | undefined);
  }

  /** The object at a path, as a test looks at it. */
  get(path: string): Json | undefined {
    return this.#objects.get(path);
  }

  count(plural: string): number {
    return this.#list(`/${plural}`).length;
  }

  #act(method: string, path: string, body: Json): Json | undefined {
    const found = this.#objects.get(path);
    switch (method) {
      case 'GET': return found ?? (path.endsWith('s') ? { items: this.#list(path) } : undefined);
      case 'POST': return this.#create(`${path}/${body['metadata'].name}`, body);
      case 'PATCH': return found ? this.#merge(path, found, body) : this.#create(path, body);
      default: return found && this.#remove(path, found);
    }
  }

  /** Objects of a kind in one namespace, or in all when the path names none. */
  #list(path: string): Json[] {
    const [group, plural] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/'))];
    return [...this.#objects].filter(([key]) => key.startsWith(group) && key.includes(`${plural}/`)).map(([, object]) => structuredClone(object));
  }

  #create(path: string, body: Json): Json {
    if (this.#objects.has(path)) throw new ClusterError(409, 'exists');
    const metadata = { uid: randomUUID(), generation: 1, creationTimestamp: new Date().toISOString(), ...body['metadata'] };
    this.#objects.set(path, { ...body, metadata });
    return structuredClone({ ...body, metadata });
  }

  #merge(path: string, object: Json, patch: Json): Json {
    if (patch['metadata']?.finalizers === null) delete object['metadata'].finalizers;
    if (patch['status']) object['status'] = { ...object['status'], ...patch['status'] };
    if (object['metadata'].deletionTimestamp && !object['metadata'].finalizers) this.#objects.delete(path);
    return structuredClone(object);
  }

  #remove(path: string, object: Json): Json {
    if (object['metadata'].finalizers?.length > 0) object['metadata'].deletionTimestamp = new Date().toISOString();
    else this.#objects.delete(path);
    return structuredClone(object);
  }
}
