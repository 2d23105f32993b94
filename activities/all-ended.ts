/**
 * Like `Promise.all`, but rejects only when all have ended: an activity that has failed must not go on changing things beside its next
 * attempt or the next run.
 */
export const allEnded = async <Result>(work: readonly Promise<Result>[]): Promise<Result[]> => {
  await Promise.allSettled(work);
  return Promise.all(work);
};
