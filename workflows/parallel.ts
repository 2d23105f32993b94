import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs tasks side by side. On the first failure the others are cancelled, and all of them are awaited settled before it is thrown:
 * left to `Promise.all`, a sibling would go on creating things after the run had closed or begun to undo.
 */
export const allSettled = async (tasks: readonly (() => Promise<unknown>)[]): Promise<void> => {
  const scope = new CancellationScope();
  let failure: { error: unknown } | undefined;
  await scope.run(() => Promise.all(tasks.map((task) => task().catch((error: unknown) => {
    if (!failure) {
      failure = { error };
      scope.cancel();
    }
  }))));
  if (failure) throw failure.error;
};
