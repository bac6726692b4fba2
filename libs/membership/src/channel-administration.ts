import { randomUUID } from 'node:crypto';
import { requestStatement } from '#libs/ledger';
import type { Actor, Database } from '#libs/platform';
import { keepsLabels, SANDBOX, type ChannelPolicy } from '#libs/protocol';
import { refused, type AdministrationResult } from './administration-result.js';

/**
 * Acts of the operator on channels. Each asks for a statement; nothing takes effect without one. A channel is begun once; a policy that
 * holds already can be set again and is logged again, without further effect.
 */
export class ChannelAdministration {
  constructor(private readonly database: Database) {}

  /** Begins a channel. */
  async create(actor: Actor, channel: string, policy: ChannelPolicy): Promise<AdministrationResult> {
    if (channel === SANDBOX)
      return refused('TAKEN', 'channel', 'is reserved: the hub makes its sandbox itself');
    return this.database.transaction('create-channel', actor, async (tx) => {
      const [row] = await tx.query(
        `INSERT INTO cairn.channel (name, requested_policy) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING id`,
        [channel, JSON.stringify(policy)],
      );
      if (row === undefined) return refused('TAKEN', 'channel', 'is the name of a channel already');
      await requestStatement(tx, `channel:${channel}`, { kind: 'channel', channel, policy });
      return { ok: true };
    });
  }

  /** Changes the policy of a channel; labels can be added, never renamed or removed. */
  async setPolicy(actor: Actor, channel: string, policy: ChannelPolicy): Promise<AdministrationResult> {
    if (channel === SANDBOX)
      return refused('NOT_ALLOWED', 'channel', 'is the sandbox: the hub sets its policy itself');
    return this.database.transaction('set-channel-policy', actor, async (tx) => {
      const [row] = await tx.query<{ requested: ChannelPolicy }>(
        'SELECT requested_policy AS requested FROM cairn.channel WHERE name = $1 FOR UPDATE',
        [channel],
      );
      if (row === undefined) return refused('NOT_FOUND', 'channel', 'is not a channel of this hub');
      if (!keepsLabels(row.requested, policy)) {
        return refused(
          'NOT_ALLOWED',
          'policy.labels',
          'must keep every code and label that the channel has had',
        );
      }
      await tx.query('UPDATE cairn.channel SET requested_policy = $2 WHERE name = $1', [
        channel,
        JSON.stringify(policy),
      ]);
      await requestStatement(tx, `channel:${channel}:${randomUUID()}`, { kind: 'channel', channel, policy });
      return { ok: true };
    });
  }
}
