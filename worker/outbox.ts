import type { Logger } from 'pino';
import { deliverMessages, type DeliveryDependencies } from '../activities/outbox.ts';

/** Milliseconds between two looks for messages that wait. Most are delivered by the step that wrote them; these were held up. */
const LOOK_MS = 2_000;

/** Delivers waiting messages until it is stopped; returns how to stop it, which waits for the delivery under way. */
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
