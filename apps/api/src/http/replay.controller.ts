import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ReplayTickets, type ReplayReader } from '#libs/access';
import { CONFIG, Database, type Config } from '#libs/platform';
import { EvidenceReader, StateReader } from '#libs/provenance';
import type { Reply } from './fastify.types.js';
import { FeedObjects } from './feed-objects.js';
import { parseReplayPath } from './replay-path.js';
import { refuse } from './static-answer.js';

const BY_TICKET = /^([^/]+)\/(.+)$/s;
const FEED = /^feed\/([a-z0-9-]{1,63})\/(.+)$/s;
const NO_STORE = 'private, no-store';

/** What stands behind the log, for whoever replays it and holds a ticket: evidence files, and for auditors the feeds of all channels and states. */
@Controller('replay')
export class ReplayController {
  private readonly objects: FeedObjects;

  constructor(
    @Inject(Database) database: Database,
    @Inject(ReplayTickets) private readonly tickets: ReplayTickets,
    @Inject(EvidenceReader) private readonly evidence: EvidenceReader,
    @Inject(StateReader) private readonly states: StateReader,
    @Inject(CONFIG) { origin }: Config,
  ) {
    this.objects = new FeedObjects(database, origin);
  }

  @Get('*')
  async answer(@Param('*') path: string, @Res() reply: Reply): Promise<void> {
    const [, ticket, object] = BY_TICKET.exec(path) ?? [];
    if (ticket === undefined) return void (await refuse(reply, 401));
    const checked = this.tickets.check(ticket, Date.now());
    if (!checked.ok) return void (await refuse(reply, 403));
    await this.send(reply, checked.reader, object!);
  }

  private async send(reply: Reply, reader: ReplayReader, object: string): Promise<void> {
    const [, channel, path] = FEED.exec(object) ?? [];
    // A member has tickets of its own for each feed that it may receive.
    if (channel !== undefined && reader.kind === 'person')
      return this.objects.send(reply, null, channel, path!);
    const bytes = await this.read(reader, object);
    if (bytes === null) return void (await refuse(reply, 404));
    await reply.header('cache-control', NO_STORE).type('application/octet-stream').send(bytes);
  }

  private async read(reader: ReplayReader, object: string): Promise<Buffer | null> {
    const named = parseReplayPath(object);
    if (named === null) return null;
    if (named.kind === 'state') return this.readState(reader, named.index, named.leaf);
    const file = await this.evidence.read(reader, named.from, named.to);
    return file === null ? null : Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  }

  /** A state says who is behind anonymous entries: it is for auditors alone. */
  private async readState(reader: ReplayReader, index: number, leaf: number | null): Promise<Buffer | null> {
    if (reader.kind !== 'person') return null;
    return leaf === null ? this.states.salts(reader, index) : this.states.leaf(reader, index, leaf);
  }
}
