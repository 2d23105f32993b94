import { isDeepStrictEqual } from 'node:util';
import { Refusal, type Call, type Reply } from './call.ts';

/** Successful answers by X-Idempotency-Key: the same key with the same body gets the same answer, and no second effect. */
export class IdempotentAnswers {
  readonly #answers = new Map<string, { body: unknown; reply: Reply }>();

  async once(call: Call, work: () => Reply | Promise<Reply>): Promise<Reply> {
    const given = call.header('x-idempotency-key');
    if (given === undefined || call.method === 'GET') return work();
    const key = [call.tenantId, call.method, call.path, given].join(' ');
    const known = this.#answers.get(key);
    if (!known) {
      const reply = await work();
      if (reply.status < 300) this.#answers.set(key, { body: call.body, reply });
      return reply;
    }
    if (!isDeepStrictEqual(known.body, call.body)) throw new Refusal(422, 'IDEMPOTENCY_KEY_REUSED', 'this idempotency key was used with another body');
    return { ...known.reply, effect: 'none' };
  }
}
