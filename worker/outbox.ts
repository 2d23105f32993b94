import type { Logger } from 'pino';
import { deliverMessages, type DeliveryDependencies } from '../activities/outbox.ts';

/** Milliseconds between two looks for waiting messages. The step that wrote a message usually delivers it; these were held up. */
const LOOK_MS = 2_000;

/** Delivers waiting messages until it is stopped. Returns a function that stops it and waits for the delivery in progress. */
export const deliverRegularly = (dependencies: DeliveryDependencies, logger: Logger): (() => Promise<void>) => {
  let underWay: Promise<void> | undefined;
  const look = (): Promise<void> => deliverMessages(dependencies).then(
    (count) => { if (count > 0) logger.info({ count }, 'delivered messages that had waited'); },
    (error: unknown) => logger.warn({ error: String(error) }, 'could not look for waiting messages'),
  ).finally(() => { underWay = undefined; });
  const timer = setInterval(() => { underWay ??= look(); }, LOOK_MS);
  return async () => {
    clearInterval(timer);
    await underWay;
  };
};
