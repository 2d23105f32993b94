import assert from 'node:assert/strict';
import { KafkaJSConnectionError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } from 'kafkajs';
import { kafkaError } from '../../../connectors/kafka/errors.ts';

const protocol = (type: string): Error => Object.assign(new KafkaJSProtocolError({ message: `the broker said ${type}` } as never), { type });
const exhausted = (cause: Error): Error => new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 1, retryTime: 1 });

describe('errors of Kafka', () => {
  for (const [what, error, failureClass] of [
    ['a broker that is away', new KafkaJSConnectionError('connect ECONNREFUSED'), 'UNAVAILABLE'],
    ['too few replicas', protocol('NOT_ENOUGH_REPLICAS'), 'UNAVAILABLE'],
    ['a topic that we may not write', protocol('TOPIC_AUTHORIZATION_FAILED'), 'UNAUTHORIZED'],
    ['a cluster that we may not write', exhausted(protocol('CLUSTER_AUTHORIZATION_FAILED')), 'UNAUTHORIZED'],
    ['refused credentials', Object.assign(new Error('SASL PLAIN authentication failed'), { name: 'KafkaJSSASLAuthenticationError' }), 'UNAUTHORIZED'],
    ['an event that is too large', exhausted(protocol('MESSAGE_TOO_LARGE')), 'INVALID_REQUEST'],
  ] as const) {
    it(`${what} is ${failureClass}, in the broker's words`, () => {
      const classified = kafkaError(error);
      assert.equal(classified.failureClass, failureClass);
      assert.match(classified.message, /^Kafka did not take the call: ./);
    });
  }
});
