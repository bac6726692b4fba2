import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { latestCheckpoint, provenanceOrigin, readTileResource } from '#libs/ledger';
import { CONFIG, Database, type Config } from '#libs/platform';
import type { Reply } from './fastify.types.js';
import { CACHE, sendCheckpoint, sendObject, tileResource } from './static-answer.js';

/** The provenance log for everybody (C2SP tlog-tiles). */
@Controller('log')
export class LogController {
  private readonly origin: string;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CONFIG) { origin }: Config,
  ) {
    this.origin = provenanceOrigin(origin);
  }

  @Get('checkpoint')
  async checkpoint(@Res() reply: Reply): Promise<void> {
    const head = await this.database.read('read-checkpoint', 'system:api', (tx) =>
      latestCheckpoint(tx, this.origin),
    );
    await sendCheckpoint(reply, head?.note, CACHE.log.checkpoint);
  }

  @Get('tile/*')
  async tile(@Param('*') path: string, @Res() reply: Reply): Promise<void> {
    const resource = tileResource(`tile/${path}`);
    const bytes =
      resource === null
        ? null
        : await this.database.read('read-tile', 'system:api', (tx) =>
            readTileResource(tx, this.origin, resource),
          );
    await sendObject(reply, bytes, CACHE.log.object);
  }
}
