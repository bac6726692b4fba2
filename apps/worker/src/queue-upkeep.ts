import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { Database, LOGGER, QUEUE_BACKEND, type QueueBackend, WakeLoop } from '#libs/platform';
import { trimQueueEvents } from '#libs/platform/nest';

const MINUTE_MS = 60_000;

/** Keeps the queue's tables small. Redis trims its streams by itself. */
@Injectable()
export class QueueUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #loop: WakeLoop;

  constructor(
    @Inject(Database) database: Database,
    @Inject(QUEUE_BACKEND) private readonly backend: QueueBackend,
    @Inject(LOGGER) log: Logger,
  ) {
    this.#loop = new WakeLoop({
      intervalMs: MINUTE_MS,
      round: async () => {
        await trimQueueEvents(database);
        return false;
      },
      onError: (err) => log.error({ err }, 'old queue events could not be deleted'),
    });
  }

  onApplicationBootstrap(): void {
    if (this.backend.kind === 'postgres') this.#loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#loop.stop();
  }
}
