import { pino, stdSerializers, type Logger } from 'pino';

/** A process's logger: one line of JSON each, with anything that could be a credential removed. */
export const createLogger = (name: string, level: string): Logger => pino({
  name,
  level,
  // Temporal's own log lines carry their error under this name.
  serializers: { error: stdSerializers.err },
  redact: { paths: ['password', '*.password', 'authorization', '*.authorization', 'token', '*.token', 'headers.authorization'], remove: true },
});
