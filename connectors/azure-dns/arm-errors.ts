interface ArmError {
  statusCode?: number;
  code?: string;
}

/** Azure's codes for a missing zone and a missing record set. A missing resource group or subscription proves nothing about a zone. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ResourceNotFound', 'NotFound']);
const PARENT_ABSENT = 'ParentResourceNotFound';

export const isStatus = (error: unknown, status: number): boolean => (error as ArmError).statusCode === status;

/** Returns `undefined` when Azure reports the resource itself missing. */
export const unlessMissing = <T>(call: Promise<T>): Promise<T | undefined> => call.catch((error: unknown) => {
  if (isStatus(error, 404) && ABSENT.has((error as ArmError).code)) return undefined;
  throw error;
});

/** The same for a record set at a recorded place. A missing zone means a missing record set. */
export const unlessMissingWithZone = <T>(call: Promise<T>): Promise<T | undefined> => unlessMissing(call).catch((error: unknown) => {
  if (isStatus(error, 404) && (error as ArmError).code === PARENT_ABSENT) return undefined;
  throw error;
});
