interface ArmError {
  statusCode?: number;
  code?: string;
}

/** Azure's codes for a zone, and for a record set, that is not there. A missing resource group or subscription says nothing about a zone. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ResourceNotFound', 'NotFound']);
const PARENT_ABSENT = 'ParentResourceNotFound';

export const isStatus = (error: unknown, status: number): boolean => (error as ArmError).statusCode === status;

/** `undefined` where Azure says that the thing itself is not there. */
export const unlessMissing = <T>(call: Promise<T>): Promise<T | undefined> => call.catch((error: unknown) => {
  if (isStatus(error, 404) && ABSENT.has((error as ArmError).code)) return undefined;
  throw error;
});

/** The same for a record set at a recorded place: with its zone it is gone too. */
export const unlessMissingWithZone = <T>(call: Promise<T>): Promise<T | undefined> => unlessMissing(call).catch((error: unknown) => {
  if (isStatus(error, 404) && (error as ArmError).code === PARENT_ABSENT) return undefined;
  throw error;
});
