import { Controller, Get, Inject, Res } from '@nestjs/common';
import { signCompactJws } from '#libs/keys';
import { readPublicDirectory } from '#libs/membership';
import { CONFIG, Database, type Config } from '#libs/platform';
import { DIRECTORY_TYP } from '#libs/protocol';
import { HUB_KEYS, type HubKeys } from '../hub-keys.js';
import type { Reply } from './fastify.types.js';

const DIRECTORY_TYPE = 'application/jose';
const CACHE_CONTROL = 'public, max-age=30';
/** Unix milliseconds for which one signature is served: signing is not free, and anybody may ask. */
const SIGNED_FOR_MS = 30_000;

/** The members and their keys, signed, for everybody. */
@Controller('directory')
export class DirectoryController {
  private signed: { at: number; token: Promise<string> } | undefined;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(HUB_KEYS) private readonly keys: HubKeys,
  ) {}

  @Get()
  async directory(@Res() reply: Reply): Promise<void> {
    const token = await this.token();
    await reply.header('cache-control', CACHE_CONTROL).type(DIRECTORY_TYPE).send(token);
  }

  /** One signature for all who ask within half a minute; a failure is kept by nobody. */
  private async token(): Promise<string> {
    const now = Date.now();
    if (this.signed === undefined || Math.abs(now - this.signed.at) > SIGNED_FOR_MS) {
      this.signed = { at: now, token: this.sign() };
      this.signed.token.catch(() => (this.signed = undefined));
    }
    return this.signed.token;
  }

  private async sign(): Promise<string> {
    const directory = await this.database.read('read-directory', 'system:api', readPublicDirectory);
    const payload = { iss: this.config.origin, iat: Math.floor(Date.now() / 1000), ...directory };
    return signCompactJws({ typ: DIRECTORY_TYP, payload, key: this.keys.promise });
  }
}
