import { requestStatement } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import { SANDBOX, SIGNAL_TYPES, type ChannelPolicy } from '#libs/protocol';

/** The rules of the sandbox: everything that this version knows may be tried. */
export function sandboxPolicy(): ChannelPolicy {
  const types = SIGNAL_TYPES.map(({ name }) => name).sort();
  return { tlp: 'amber', types, labels: [{ code: 1, label: 'test' }], corroboration: 2 };
}

/** Begins the sandbox of a hub that has none, and lets one that a former version began take new signal types. Says nothing twice. */
export async function ensureSandbox(tx: Tx): Promise<void> {
  const policy = sandboxPolicy();
  const [row] = await tx.query<{ requested: ChannelPolicy }>(
    'SELECT requested_policy AS requested FROM cairn.channel WHERE name = $1 FOR UPDATE',
    [SANDBOX],
  );
  if (row !== undefined && policy.types.every((type) => row.requested.types.includes(type))) return;
  await tx.query(
    `INSERT INTO cairn.channel (name, requested_policy) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET requested_policy = $2`,
    [SANDBOX, JSON.stringify(policy)],
  );
  // The types name the version of the policy: two processes that start at once say it once.
  const key = `channel:${SANDBOX}:${policy.types.join('+')}`;
  await requestStatement(tx, key, { kind: 'channel', channel: SANDBOX, policy });
}

/**
 * Lets a member that is being admitted into the sandbox; to be called in the transaction that asks for its `member` statement, after
 * that. A government body is an observer everywhere and is given nothing.
 *
 * @returns whether rights were asked for
 */
export async function giveSandboxRight(
  tx: Tx,
  { member, kind }: { member: string; kind: string },
): Promise<boolean> {
  if (kind === 'government') return false;
  const [sandbox] = await tx.query('SELECT 1 FROM cairn.channel WHERE name = $1', [SANDBOX]);
  if (sandbox === undefined) return false;
  const right = { kind: 'right', member, channel: SANDBOX, submit: true, receive: true } as const;
  return requestStatement(tx, `right:${SANDBOX}:${member}`, right);
}
