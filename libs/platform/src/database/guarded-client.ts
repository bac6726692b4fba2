import pg from 'pg';

/**
 * A client whose loss never ends the process. A server that shuts down says so to a client at any moment, even in the same breath as
 * the welcome, when a pool has just handed it out and nobody listens for its errors yet; an error event without a listener would be
 * thrown. Whoever uses the client learns of the loss all the same: its queries fail.
 */
export class GuardedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
