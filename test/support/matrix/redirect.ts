/** Kafka's brokers tell their clients where they are, so that no setting leads a worker another way: connections to that port are led here. */
import { Socket } from 'node:net';
import { REDIRECT_VARIABLE } from './outside.ts';

const [from, to] = (process.env[REDIRECT_VARIABLE] ?? '').split(':').map(Number);

if (from && to) {
  const prototype = Socket.prototype as { connect: (...parameters: any[]) => Socket };
  const { connect } = prototype;
  prototype.connect = function redirected(this: Socket, ...parameters: any[]): Socket {
    // `net.connect` hands its normalized parameters on as one list.
    const options = (Array.isArray(parameters[0]) ? parameters[0][0] : parameters[0]) as { port?: number } | undefined;
    if (typeof options === 'object' && Number(options.port) === from) options.port = to;
    return connect.apply(this, parameters);
  };
}
