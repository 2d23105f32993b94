import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { callContext, withCallContext } from '../../../connectors/call-context.ts';
import type { Connectors } from '../../../connectors/connectors.ts';
import { TenantError } from '../../../tenant/errors.ts';
import { rulesFor, sameMoment, type Attempt, type Moment, type Order, type Report, type Rule } from './rules.ts';

/** An attempt at work, and how many calls that change something it has sent. */
interface Watched extends Attempt {
  sent: number;
}

/** Receivers of messages; they are called outside an activity. */
const RECEIVERS: readonly string[] = ['events', 'audit', 'notifications'];

/** Watches what the activities of a worker change outside, reports it, and disturbs it by rules. */
export class Observer {
  readonly #report: (report: Report) => void;
  readonly #watched = new AsyncLocalStorage<Watched>();
  readonly #struck = new Set<string>();
  readonly #releases = new Map<string, AbortController>();
  readonly #delivered = new Set<string>();
  #rules: readonly Rule[] = [];
  #losesDeliveries = false;

  constructor(report: (report: Report) => void) {
    this.#report = report;
  }

  obey(order: Order): void {
    if (order.type === 'rules') {
      this.#rules = order.rules;
      this.#struck.clear();
      this.#losesDeliveries = order.losesDeliveries;
    } else {
      this.#releases.get(order.slug)?.abort();
      this.#releases.delete(order.slug);
    }
  }

  readonly interceptors: ActivityInterceptorsFactory = () => ({
    inbound: {
      execute: (input, next) => {
        const { activityId, attempt, workflowType, workflowExecution } = activityInfo();
        const { slug = '' } = (input.args[0] ?? {}) as { slug?: string };
        const watched: Watched = { slug, workflowType: workflowType ?? '', runId: workflowExecution?.runId ?? '', activityId, attempt, sent: 0 };
        this.#report({ type: 'activity', at: Date.now(), ...plain(watched) });
        return this.#watched.run(watched, async () => {
          await this.#disturb(watched, 'begin', cancellationSignal());
          const result = await next(input) as unknown;
          return this.#strikes(watched, 'end', 'repeat') ? next(input) as Promise<unknown> : this.#disturb(watched, 'end', cancellationSignal()).then(() => result);
        });
      },
    },
  });

  /** The connectors, with every call that passes their fence counted and reported. */
  connectors(connectors: Connectors): Connectors {
    const observed = Object.entries(connectors).map(([system, connector]) => [system, new Proxy(connector as object, {
      get: (target, name, receiver) => {
        const member = Reflect.get(target, name, receiver) as unknown;
        if (typeof member !== 'function') return member;
        return (...parameters: unknown[]) => this.#call(system, String(name), parameters, () => member.apply(target, parameters) as Promise<unknown>);
      },
    })]);
    return Object.fromEntries(observed) as Connectors;
  }

  #call(system: string, method: string, parameters: unknown[], call: () => Promise<unknown>): Promise<unknown> {
    const watched = this.#watched.getStore();
    const context = callContext();
    const whileOwner = context?.whileOwner;
    // A delivery during an activity is not the activity's own call.
    if (!watched || !whileOwner) return this.#deliver(system, method, parameters, call);
    return withCallContext({
      ...context,
      whileOwner: async <T>(change: (signal: AbortSignal) => Promise<T>): Promise<T> => {
        let number = 0;
        const send = async (signal: AbortSignal): Promise<T> => {
          number = watched.sent += 1;
          await this.#disturb(watched, { before: number }, signal);
          this.#report({ type: 'call', number, call: `${system}.${method}`, at: Date.now(), ...plain(watched) });
          return change(signal);
        };
        const result = await whileOwner(send);
        await this.#disturb(watched, { after: number }, context.signal);
        return result;
      },
    }, call);
  }

  /** The first delivery of each message loses its reply, if the rules say so. */
  async #deliver(system: string, method: string, parameters: unknown[], call: () => Promise<unknown>): Promise<unknown> {
    const result = await call();
    const message = `${system}.${method} ${JSON.stringify(parameters)}`;
    if (!this.#losesDeliveries || !RECEIVERS.includes(system) || !['publish', 'record', 'send'].includes(method) || this.#delivered.has(message)) return result;
    this.#delivered.add(message);
    throw lostReply();
  }

  async #disturb(watched: Watched, moment: Moment, signal: AbortSignal): Promise<void> {
    if (this.#strikes(watched, moment, 'fail')) throw ApplicationFailure.nonRetryable('the test fails this activity', 'INVALID_REQUEST');
    if (this.#strikes(watched, moment, 'lose-reply')) throw lostReply();
    if (!this.#strikes(watched, moment, 'hold')) return;
    // Activities of one tenant that are held side by side are released together.
    const release = this.#releases.get(watched.slug) ?? new AbortController();
    this.#releases.set(watched.slug, release);
    const either = AbortSignal.any([release.signal, signal]);
    if (!either.aborted) await once(either, 'abort');
    signal.throwIfAborted();
  }

  /** Whether a rule strikes now: each but once, a lost reply once in every run. */
  #strikes(watched: Watched, moment: Moment, does: Rule['does']): boolean {
    const rule = rulesFor(this.#rules, watched).find((one) => one.does === does && sameMoment(one.at, moment));
    if (!rule) return false;
    const key = JSON.stringify([rule, ...(does === 'lose-reply' || does === 'repeat' ? [watched.runId, watched.activityId] : [])]);
    if (this.#struck.has(key)) return false;
    this.#struck.add(key);
    this.#report({ type: 'struck', rule, at: Date.now(), ...plain(watched) });
    return true;
  }
}

const plain = ({ sent: _sent, ...attempt }: Watched): Attempt => attempt;

const lostReply = (): TenantError => new TenantError('UNAVAILABLE', 'lost reply: the work was done');
