import { condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { VERDICT_UPDATE } from '../tenant/operations.ts';
import { asRunFailure } from './failure-reason.ts';

/** By which a call learns what the run's first step found about its request, in the same call that starts the run. */
export const verdictUpdate = defineUpdate<unknown>(VERDICT_UPDATE);

/** Sets up the update's handler; returns what to pass the first step's promise through, so that the handler answers with its outcome. */
export const answerWithVerdict = <Verdict>() => {
  let judging: Promise<Verdict> | undefined;
  setHandler(verdictUpdate, async () => {
    await condition(() => judging !== undefined);
    return judging!.catch((error: unknown) => { throw asRunFailure(error); });
  });
  return (begun: Promise<Verdict>): Promise<Verdict> => judging = begun;
};
