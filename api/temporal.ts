import { Client, Connection, isGrpcServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import type { ApiSettings } from '../settings/api.ts';

/** gRPC status codes that mean the server did not answer, rather than that it refused. */
const AWAY = new Set([4 /* DEADLINE_EXCEEDED */, 14 /* UNAVAILABLE */]);
const NOT_FOUND = 5;

/** Milliseconds a look at Temporal may take; the answers of this API are due within 5 s. */
const LOOK_MS = 900;

/** Milliseconds a start may take. A server under load is slow to start a run, and stops trying only at the deadline it was given. */
const START_MS = 1_500;

/** The API's access to Temporal. */
export interface Temporal {
  client: Client;
  connection: Connection;
  taskQueue: string;
  namespace: string;
}

/** Connects at the first call, so that the API starts, and answers what it can, with Temporal away. */
export const createTemporal = (settings: ApiSettings): Temporal => {
  const connection = Connection.lazy({
    address: settings.TEMPORAL_ADDRESS,
    // A server that comes back is to be noticed within seconds; gRPC's own backoff grows to two minutes.
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 2_000 },
  });
  const client = new Client({ connection, namespace: settings.TEMPORAL_NAMESPACE });
  return { client, connection, taskQueue: settings.TEMPORAL_TASK_QUEUE, namespace: settings.TEMPORAL_NAMESPACE };
};

const grpcCode = (error: unknown): number | undefined => {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause ? grpcCode(error.cause) : undefined;
};

/** Whether an error says that Temporal did not answer; the call may or may not have had its effect. */
export const isTemporalAway = (error: unknown): boolean =>
  error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || AWAY.has(grpcCode(error) ?? -1);

export const isTemporalNotFound = (error: unknown): boolean =>
  grpcCode(error) === NOT_FOUND || (error instanceof Error && error.name === 'WorkflowNotFoundError');

/** Runs a short look at Temporal under a deadline; without one a client waits for ever. */
export const look = <T>({ connection }: Temporal, body: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + LOOK_MS, body);

/** Runs a start under its own deadline. */
export const begin = <T>({ connection }: Temporal, body: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + START_MS, body);
