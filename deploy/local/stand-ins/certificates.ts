import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Dns01 } from './acme-dns01.ts';
import type { Call } from './call.ts';
import { condition, isReady, Pending, Refused, seconds, setUnready } from './certificate-conditions.ts';
import { belongsTo, certificateObjects, orderName, type Certificate, type CertificateObjects, type Challenge, type Owned } from './certificate-objects.ts';
import type { Cluster } from './cluster.ts';
import type { FaultBook } from './faults.ts';
import type { LocalCa } from './local-ca.ts';

const POLL_MS = 400;
/** cert-manager waits an hour after a failure; here a fault that was removed is noticed at once. */
const RETRY_MS = 1000;
/** `never`, `fail` or `slow`, with `local.matih.io/fault-message` and `local.matih.io/fault-seconds` (20). */
const FAULT = 'local.matih.io/fault';
const SLOW_SECONDS = 20;

interface Parts {
  cluster: Cluster;
  dns01: Dns01;
  ca: LocalCa;
  /** Struck as method `ISSUE`, path `/certificates/{namespace}/{name}`: `hang` keeps a certificate pending, any other kind but latency fails it. */
  faults: FaultBook;
  log: Logger;
}

/**
 * Stands in for cert-manager: brings every Certificate to Ready once each of its names was proved by DNS01, and cleans up the Orders and
 * Challenges of those that are gone. Each pass looks at the cluster afresh, so it carries on where a stopped process left off.
 */
export class CertificateController {
  readonly #parts: Parts;
  readonly #objects: CertificateObjects;
  readonly #busy = new Set<string>();
  readonly #stopped = new AbortController();
  /** Orders and challenges are only listed while there may be any. */
  #leftovers = true;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#objects = certificateObjects(parts.cluster);
  }

  /** Works until `stop`; an API server that is not there yet is asked again. */
  async run(): Promise<void> {
    const { signal } = this.#stopped;
    let lost = false;
    while (!signal.aborted) {
      try {
        await this.#pass();
        lost = false;
      } catch (error) {
        if (!lost) this.#parts.log.warn({ error: String(error) }, 'the cluster does not answer the certificate controller');
        lost = true;
      }
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #pass(): Promise<void> {
    // What is finished meanwhile may still look open in the lists, so it waits for the next pass.
    const busy = new Set(this.#busy);
    const look = this.#leftovers;
    this.#leftovers = false;
    // Owners are listed after what they own, so that nothing looks orphaned that was made in between.
    const [orders, challenges] = look ? await Promise.all([this.#objects.orders(), this.#objects.challenges()]) : [[], []];
    const certificates = await this.#objects.certificates();
    this.#leftovers ||= orders.length > 0 || challenges.length > 0;

    const living = new Map(certificates.filter(({ metadata }) => !metadata.deletionTimestamp).map((one) => [one.metadata.uid, one]));
    const orphaned = (one: Owned): boolean => one.metadata.deletionTimestamp !== undefined || ![...living.values()].some((certificate) => belongsTo(one, certificate));
    await Promise.all([
      ...challenges.filter(orphaned).map((challenge) => this.#finish(challenge)),
      ...orders.filter(orphaned).map((order) => this.#objects.deleteOrder(order.metadata)),
    ]);
    for (const certificate of [...living.values()].filter((one) => !isReady(one) && !busy.has(one.metadata.uid))) {
      void this.#attempt(certificate);
    }
  }

  /** One attempt; an unfinished one is repeated after a pause. */
  async #attempt(certificate: Certificate): Promise<void> {
    const { uid, namespace, name } = certificate.metadata;
    this.#busy.add(uid);
    try {
      await this.#issue(certificate);
    } catch (error) {
      if (error instanceof Pending || error instanceof Refused) await setUnready(this.#objects, certificate, error).catch(() => undefined);
      else this.#parts.log.warn({ namespace, name, error: String(error) }, 'a certificate could not be worked on');
      await sleep(RETRY_MS, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
    } finally {
      this.#busy.delete(uid);
    }
  }

  async #issue(certificate: Certificate): Promise<void> {
    const { spec } = certificate;
    if (!(await this.#objects.issuerExists(spec.issuerRef.name))) throw new Pending(`the ClusterIssuer ${spec.issuerRef.name} does not exist`);
    this.#leftovers = true;
    await this.#objects.openOrder(certificate);
    const challenges = (await this.#objects.challenges()).filter((challenge) => belongsTo(challenge, certificate));
    await this.#meetFaults(certificate);
    await Promise.all(challenges.map((challenge) => this.#prove(challenge)));

    const issued = await this.#parts.ca.issue(spec.dnsNames);
    await this.#objects.writeSecret(certificate, issued);
    await Promise.all(challenges.map((challenge) => this.#finish(challenge)));
    await this.#objects.deleteOrder({ namespace: certificate.metadata.namespace, name: orderName(certificate) });
    const life = issued.notAfter.getTime() - issued.notBefore.getTime();
    await this.#objects.setStatus(certificate, {
      conditions: [condition(certificate, 'Ready', 'True', 'Ready', 'Certificate is up to date and has not expired')],
      notBefore: seconds(issued.notBefore), notAfter: seconds(issued.notAfter), renewalTime: seconds(new Date(issued.notBefore.getTime() + (life * 2) / 3)),
      revision: (certificate.status?.revision ?? 0) + 1,
    });
  }

  async #meetFaults(certificate: Certificate): Promise<void> {
    const { namespace, name, annotations = {}, labels = {}, creationTimestamp } = certificate.metadata;
    const message = annotations[`${FAULT}-message`];
    const age = Date.now() - new Date(creationTimestamp).getTime();
    if (annotations[FAULT] === 'never') throw new Pending(message ?? 'the issuer does not answer');
    if (annotations[FAULT] === 'fail') throw new Refused(message ?? 'the issuer refused the order');
    if (annotations[FAULT] === 'slow' && age < 1000 * Number(annotations[`${FAULT}-seconds`] ?? SLOW_SECONDS)) throw new Pending('the issuer is slow');
    const call: Call = {
      method: 'ISSUE', path: `/certificates/${namespace}/${name}`, params: {}, query: new URLSearchParams(), header: () => undefined,
      body: certificate.spec, tenantId: labels['matih.io/tenant-id'],
    };
    const fault = await this.#parts.faults.strike(call);
    if (fault?.kind === 'hang') throw new Pending(fault.message);
    if (fault) throw new Refused(fault.message);
  }

  async #prove(challenge: Challenge): Promise<void> {
    try {
      await this.#parts.dns01.prove(challenge.spec.dnsName, challenge.spec.key);
    } catch (error) {
      const reason = `Waiting for DNS-01 challenge propagation: ${error instanceof Error ? error.message : String(error)}`;
      if (challenge.status?.reason !== reason) await this.#objects.setChallengePending(challenge, reason);
      throw new Pending(reason);
    }
  }

  async #finish(challenge: Challenge): Promise<void> {
    this.#parts.dns01.cleanUp(challenge.spec.dnsName, challenge.spec.key);
    await this.#objects.releaseChallenge(challenge);
  }
}
