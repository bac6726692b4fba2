import { createKeyProof, generateSigningKey, type SigningKey } from '#libs/keys';
import { KeyRegistrations, KeyStatements, type KeyChallenge } from '#libs/membership';
import type { KeyPurpose } from '#libs/protocol';
import { must } from './hub.js';
import { giveMember, giveStaffRoles } from './people.js';
import type { TestDatabase } from './postgres.js';

const ADMIN = 9000;
/** Who administers the member that `administer` named last. */
export const OWN_ADMIN = `person:${ADMIN}` as const;

export const jwkOf = (key: SigningKey): unknown => JSON.parse(key.publicKey.jwk);

/** Registers keys of members as they and staff do: through the API's login, with proofs and persons. */
export class KeyCeremony {
  readonly registrations: KeyRegistrations;
  readonly statements: KeyStatements;

  constructor(
    private readonly databases: TestDatabase,
    private readonly origin: string,
  ) {
    this.registrations = new KeyRegistrations(databases.api, origin);
    this.statements = new KeyStatements(databases.worker);
  }

  /** Persons for the tests; @returns their ids. */
  async people(count: number): Promise<number[]> {
    return this.databases.admin.transaction('add-people', 'system:test', async (tx) => {
      const rows = await tx.query<{ id: number }>(
        `INSERT INTO cairn.person (issuer, subject, name) SELECT 'https://idp.test', 'staff-' || gen_random_uuid(), 'Staff'
           FROM generate_series(1, $1) RETURNING id`,
        [count],
      );
      const ids = rows.map((row) => row.id);
      await giveStaffRoles(tx, ids, ['vetter', 'approver']);
      return ids;
    });
  }

  /** Makes `OWN_ADMIN` the administrator of a member, and of no other. */
  async administer(member: string): Promise<void> {
    if (this.administered === member) return;
    await this.databases.admin.transaction('add-administrator', 'system:test', (tx) =>
      tx.execute(
        `INSERT INTO cairn.person (id, issuer, subject, name) OVERRIDING SYSTEM VALUE VALUES ($1, 'https://idp.test', 'admin', 'Admin')
          ON CONFLICT DO NOTHING`,
        [ADMIN],
      ),
    );
    await giveMember(this.databases.admin, ADMIN, member);
    this.administered = member;
  }

  private administered: string | null = null;

  async request(member: string, purpose: KeyPurpose, key: SigningKey): Promise<KeyChallenge> {
    await this.administer(member);
    const asked = await this.registrations.request(OWN_ADMIN, { member, purpose, jwk: jwkOf(key) });
    must(asked);
    return (asked as { challenge: KeyChallenge }).challenge;
  }

  proof(member: string, purpose: KeyPurpose, challenge: KeyChallenge, key: SigningKey): Promise<string> {
    const { nonce, key: jkt } = challenge;
    return createKeyProof({ iss: member, aud: this.origin, nonce, jkt, purpose, key });
  }

  /** A first key, all the way: proof, and two staff who heard the fingerprint. It waits for the log. */
  async firstKey(
    member: string,
    purpose: KeyPurpose,
    staff: readonly number[],
    key: SigningKey = generateSigningKey(),
  ): Promise<SigningKey> {
    const challenge = await this.request(member, purpose, key);
    const proof = await this.proof(member, purpose, challenge, key);
    must(
      await this.registrations.prove(OWN_ADMIN, { member, key: challenge.key, proof, witnessProof: null }),
    );
    const { key: name, fingerprint } = challenge;
    for (const person of staff.slice(0, 2))
      must(await this.registrations.confirm(person, { member, key: name, fingerprint }));
    await this.statements.sweep();
    return key;
  }

  /** A further key that `witness` vouches for. It waits for the log. */
  async nextKey(member: string, purpose: KeyPurpose, witness: SigningKey): Promise<SigningKey> {
    const key = generateSigningKey();
    const challenge = await this.request(member, purpose, key);
    const proof = await this.proof(member, purpose, challenge, key);
    const witnessProof = await this.proof(member, purpose, challenge, witness);
    must(await this.registrations.prove(OWN_ADMIN, { member, key: challenge.key, proof, witnessProof }));
    await this.statements.sweep();
    return key;
  }
}
