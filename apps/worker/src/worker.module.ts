import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { HorizonMover, RoundPublisher } from '#libs/feed';
import { IntakeFinaliser, IntakeSweeper, SubmissionDecider } from '#libs/intake';
import {
  CheckpointPublisher,
  provenanceOrigin,
  RemoteCheckpointSigner,
  Sequencer,
  signerAddress,
} from '#libs/ledger';
import { ApplicationChecker, KeySetFetcher, KeyStatements, OutboxSender } from '#libs/membership';
import {
  type Config,
  Database,
  LOGGER,
  OutgoingClient,
  readMailServer,
  requireDatabaseUrl,
  SmtpMail,
} from '#libs/platform';
import {
  createQueueBackend,
  Enqueuer,
  PlatformModule,
  type PlatformOptions,
  QueueWorkerModule,
} from '#libs/platform/nest';
import { DecideSubmissionProcessor } from './decide-submission.processor.js';
import { QueueUpkeep } from './queue-upkeep.js';
import { OUTBOX, WorkerLoops } from './worker-loops.js';

/** Bytes of a member's JWK Set (docs/protocol-keys.md §2). */
const MAX_KEY_SET = 64 * 1024;

/** What runs in the background. It answers probes and nothing else. */
@Module({})
export class WorkerModule {
  static forRoot(options: Omit<PlatformOptions, 'application'>): DynamicModule {
    const { config, log } = options;
    const { queueUrl, workerConcurrency: concurrency, shutdownSeconds } = config;
    const backend = createQueueBackend({ queueUrl, databaseUrl: requireDatabaseUrl(config), concurrency });
    return {
      module: WorkerModule,
      imports: [
        PlatformModule.forRoot({ ...options, application: 'worker' }),
        QueueWorkerModule.forRoot({ backend, concurrency, shutdownMs: shutdownSeconds * 1000, log }),
      ],
      providers: [
        ...pipeline(config),
        ...memberships(config),
        outbox(config),
        DecideSubmissionProcessor,
        WorkerLoops,
        QueueUpkeep,
      ],
    };
  }
}

/** What submissions go through on their way to the feeds. */
function pipeline(config: Config) {
  const { origin } = config;
  return [
    {
      provide: SubmissionDecider,
      inject: [Database],
      useFactory: (database: Database) => new SubmissionDecider(database),
    },
    {
      provide: Sequencer,
      inject: [Database],
      useFactory: (database: Database) =>
        new Sequencer(database, provenanceOrigin(origin), new IntakeFinaliser()),
    },
    {
      provide: RoundPublisher,
      inject: [Database],
      useFactory: (database: Database) => new RoundPublisher(database, origin),
    },
    {
      provide: HorizonMover,
      inject: [Database],
      useFactory: (database: Database) => new HorizonMover(database, origin),
    },
    {
      provide: CheckpointPublisher,
      inject: [Database],
      useFactory: (database: Database) =>
        new CheckpointPublisher(database, new RemoteCheckpointSigner(signerAddress(config))),
    },
    {
      provide: IntakeSweeper,
      inject: [Database, Enqueuer, SubmissionDecider, LOGGER],
      useFactory: (database: Database, enqueuer: Enqueuer, decider: SubmissionDecider, log: Logger) =>
        new IntakeSweeper(database, enqueuer, decider, {
          onFailure: (submissionId, err) =>
            log.error({ err, submissionId }, 'a submission cannot be decided'),
        }),
    },
  ];
}

/** What is done about members and applicants without anybody asking. */
function memberships({ publicUrl, outgoingLoopback }: Config) {
  return [
    {
      provide: ApplicationChecker,
      inject: [Database, LOGGER],
      useFactory: (database: Database, log: Logger) =>
        new ApplicationChecker(database, {
          publicUrl,
          allowLoopback: outgoingLoopback,
          onFailure: ({ application, code }, err) =>
            log.error(
              { err, application, check: code },
              'a check of an application failed and is tried again',
            ),
        }),
    },
    {
      provide: KeyStatements,
      inject: [Database],
      useFactory: (database: Database) => new KeyStatements(database),
    },
    {
      provide: KeySetFetcher,
      inject: [Database],
      useFactory: (database: Database) =>
        new KeySetFetcher(
          database,
          new OutgoingClient({ allowLoopback: outgoingLoopback, maxBytes: MAX_KEY_SET, timeoutMs: 5_000 }),
        ),
    },
  ];
}

/** The sender of messages; null without a mail server, when staff send them by hand. */
function outbox({ smtpUrl, mailFrom }: Config) {
  return {
    provide: OUTBOX,
    inject: [Database, LOGGER],
    useFactory: (database: Database, log: Logger) => {
      const server = smtpUrl === undefined ? null : readMailServer(smtpUrl);
      if (server === null || mailFrom === undefined) return null;
      return new OutboxSender(database, new SmtpMail({ server, from: mailFrom }), {
        onRefusal: (refusal) => log.warn(refusal, 'a message to a contact of an applicant was not taken'),
      });
    },
  };
}
