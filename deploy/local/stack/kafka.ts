import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { Kafka, logLevel } from 'kafkajs';
import type { StackContext } from './context.ts';
import { waitUntil } from './ready.ts';

/** The topic of the tenants' lifecycle and its partitions, as the platform has it. */
const TOPIC = { topic: 'tenant.lifecycle.events', numPartitions: 6, replicationFactor: 1 };

/** One process for a few megabytes of events: a small heap, and the compiler tier and collector that start fastest. */
const JVM = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** A Kafka broker in KRaft mode with the lifecycle topic. */
export async function startKafka({ tools, dataDir, ports, supervisor }: StackContext): Promise<void> {
  const folder = join(dataDir, 'kafka');
  mkdirSync(folder);
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, serverProperties(ports.kafka, ports.kafkaController, join(folder, 'log')));
  writeFileSync(join(folder, 'log4j2.properties'), logging);
  const java = [...JVM, `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`, '-cp', `${tools.kafka}/*`];
  // The first byte keeps it from beginning with a hyphen, which the tool takes for an option.
  const clusterId = Buffer.from([0, ...randomBytes(15)]).toString('base64url');
  await execa('java', [...java, 'kafka.tools.StorageTool', 'format', '--standalone', '-t', clusterId, '-c', properties], { stdin: 'ignore' });
  supervisor.start({ name: 'kafka', command: 'java', stopSignal: 'SIGKILL', parameters: [...java, 'kafka.Kafka', properties] });

  const kafka = new Kafka({ clientId: 'local-stack', brokers: [`127.0.0.1:${ports.kafka}`], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  await waitUntil('Kafka', supervisor, async () => {
    const admin = kafka.admin();
    try {
      await admin.connect();
      await admin.createTopics({ topics: [TOPIC], waitForLeaders: true });
    } finally {
      await admin.disconnect();
    }
  });
}

const serverProperties = (broker: number, controller: number, logs: string) => `
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controller}
listeners=BROKER://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=BROKER://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs=${logs}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# One node holds the only copy of everything; few partitions of the internal topics start faster.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
`;

const logging = `
rootLogger.level=WARN
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %c: %m%n
`;
