import { createKeyProof, keyFingerprint, type SigningKey } from '#libs/keys';
import type { JsonObject, KeyPurpose } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { MemberHome, type MemberConfig } from '../config/member-home.js';
import { AnswerObject } from '../http/json-answer.js';
import * as query from './key-queries.js';
import { PersonClient, type PersonClientOptions } from './person-client.js';

const SUBJECT = 'keys';
/** What no key comes back from. */
const ENDED = ['retired', 'revoked'];

/** A key as the hub has it. */
export interface HubKey {
  readonly thumbprint: string;
  readonly purpose: KeyPurpose;
  /** Such as `active`. */
  readonly state: string;
  /** Such as `key_set`. */
  readonly route: string;
  /** Whether possession was proved; of keys that wait. */
  readonly proved: boolean;
}

/** What became of a key that was uploaded. */
export interface RegisteredKey {
  readonly purpose: KeyPurpose;
  readonly thumbprint: string;
  /** To be told to staff by another way than the hub, where nothing vouches for the key. */
  readonly fingerprint: string;
  /** `ceremony`: two staff must confirm the fingerprint. `rotation`: an active key has signed for it. */
  readonly route: string;
  /** `pending` until its statement is logged. */
  readonly state: string;
}

/** Keys of the member that a person administers, or, for staff, of others; in the session of `cairn login`. */
export class MemberKeys {
  readonly home: MemberHome;
  private readonly person: PersonClient;

  constructor(options: PersonClientOptions = {}) {
    this.home = new MemberHome(options.home);
    this.person = new PersonClient(options);
  }

  /**
   * All keys of a member and its JWK Set, as the hub tells them.
   *
   * @param member by default the one that the person administers
   * @throws ClientError `NOT_FOUND` for a member that is not there or not the caller's, or as `PersonClient` does
   */
  async list(member?: string): Promise<JsonObject> {
    const variables = { member: member ?? (await this.ownMember()) };
    return this.person.ask({ query: query.KEYS, variables, subject: SUBJECT });
  }

  /** The keys of the own member, newest first, without withdrawn ones. */
  async standing(member: string): Promise<HubKey[]> {
    const answer = new AnswerObject(await this.list(member), SUBJECT);
    return answer
      .objects('keys')
      .map(toHubKey)
      .filter(({ state }) => state !== 'withdrawn');
  }

  /**
   * Uploads the public part of a key and answers the challenge with the private one. Doing it again goes on where it was broken off.
   *
   * @param witness an active key of the same purpose; needed once the member has one
   * @throws ClientError `REQUEST_REFUSED` with field and rule, `KEY_UNUSABLE` when an active key must sign and none is given,
   *   `UNEXPECTED_ANSWER` when the hub challenges for another key, member or hub, or as `PersonClient` does
   */
  async register(purpose: KeyPurpose, key: SigningKey, witness: SigningKey | null): Promise<RegisteredKey> {
    const config = await this.home.load();
    const { kid } = key.publicKey;
    const before = await this.find(config.member, kid);
    if (before !== null && ENDED.includes(before.state))
      throw new ClientError('KEY_UNUSABLE', 'key file', `holds a key that is ${before.state}: make another`);
    if (before === null || (before.state === 'pending' && !before.proved)) {
      await this.answer(config, purpose, key, witness, before !== null);
    }
    const { state, route } = (await this.find(config.member, kid))!;
    return { purpose, thumbprint: kid, fingerprint: keyFingerprint(key.publicKey), route, state };
  }

  /** Lets an active key of the own member end after an overlap. */
  async retire(key: string, overlapDays: number | null): Promise<JsonObject> {
    return this.act('retireKey', 'RetireKeyInput', { key, overlapDays });
  }

  /** Revokes a key, at once and for good: of the own member, or, for an approver, of the one named. */
  async revoke(
    key: string,
    { reason, since, member }: { reason: string; since: string | null; member?: string | undefined },
  ): Promise<JsonObject> {
    const input = { key, reason: reason.toUpperCase(), since };
    return member === undefined
      ? this.act('revokeKey', 'RevokeKeyInput', input)
      : this.act('revokeMemberKey', 'RevokeMemberKeyInput', { ...input, member });
  }

  /** Takes back a key that is not registered yet: of the own member, or, for staff, of the one named. */
  async withdraw(key: string, member?: string): Promise<JsonObject> {
    return member === undefined
      ? this.person.ask({ query: query.WITHDRAW, variables: { key }, subject: SUBJECT })
      : this.act('withdrawKeyRegistration', 'MemberKeyInput', { member, key });
  }

  /** Confirms, as staff, a fingerprint that the member told by another way. */
  async confirm(member: string, key: string, fingerprint: string): Promise<JsonObject> {
    return this.act('confirmKeyFingerprint', 'ConfirmKeyInput', { member, key, fingerprint });
  }

  /** Proposes the URL of the own member's JWK Set. */
  async proposeSet(url: string): Promise<JsonObject> {
    return this.person.ask({ query: query.PROPOSE, variables: { url }, subject: SUBJECT });
  }

  async removeSet(): Promise<JsonObject> {
    return this.person.ask({ query: query.REMOVE, variables: {}, subject: SUBJECT });
  }

  async refreshSet(): Promise<JsonObject> {
    return this.person.ask({ query: query.REFRESH, variables: {}, subject: SUBJECT });
  }

  /** Approves, as staff, the URL that was proposed. */
  async approveSet(member: string, url: string): Promise<JsonObject> {
    return this.person.ask({
      query: query.APPROVE,
      variables: { input: { member, url } },
      subject: SUBJECT,
    });
  }

  private async ownMember(): Promise<string> {
    const viewer = await this.person.viewer();
    if (viewer === null)
      throw new ClientError('NOT_CONFIGURED', this.home.path, 'holds no session; run: cairn login');
    if (viewer.administers === null)
      throw new ClientError('NOT_FOUND', SUBJECT, 'you administer no member; name one');
    return viewer.administers;
  }

  private act(name: string, type: string, input: object): Promise<JsonObject> {
    return this.person.ask({
      query: query.keyMutation(name, type),
      variables: { input },
      subject: SUBJECT,
    });
  }

  private async answer(
    config: MemberConfig,
    purpose: KeyPurpose,
    key: SigningKey,
    witness: SigningKey | null,
    again: boolean,
  ): Promise<void> {
    const challenge = await this.challenge(config, purpose, key, again);
    const subject = { ...challenge, purpose };
    const proof = await createKeyProof({ ...subject, key });
    let witnessProof: string | null = null;
    if (challenge.route === 'ROTATION') {
      if (witness === null || witness.publicKey.kid === key.publicKey.kid) return this.refuseAlone(key);
      witnessProof = await createKeyProof({ ...subject, key: witness });
    }
    const input = { key: key.publicKey.kid, proof, witnessProof };
    try {
      await this.act('proveKey', 'ProveKeyInput', input);
    } catch (error) {
      // An answer that was lost on its way: the hub took the proof, and takes none twice.
      if ((await this.find(config.member, key.publicKey.kid))?.proved !== true) throw error;
    }
  }

  /** Asks for a challenge; nothing is signed for another member, another hub or another key than was meant. */
  private async challenge(
    { member, hub }: MemberConfig,
    purpose: KeyPurpose,
    { publicKey }: SigningKey,
    again: boolean,
  ) {
    const { kid, jwk } = publicKey;
    const operation = again
      ? { query: query.AGAIN, variables: { key: kid } }
      : { query: query.REGISTER, variables: { input: { purpose: purpose.toUpperCase(), jwk } } };
    const answer = new AnswerObject(await this.person.ask({ ...operation, subject: SUBJECT }), SUBJECT);
    const subject = { iss: answer.text('member'), aud: answer.text('audience'), jkt: answer.text('key') };
    const isMeant = subject.iss === member && subject.aud === hub.origin && subject.jkt === kid;
    if (!isMeant || answer.text('fingerprint') !== keyFingerprint(publicKey))
      throw new ClientError(
        'UNEXPECTED_ANSWER',
        SUBJECT,
        'the challenge is not for this key, member and hub',
      );
    return { ...subject, nonce: answer.text('nonce'), route: answer.text('route') };
  }

  /** What nobody can finish must not keep the next key from being uploaded. */
  private async refuseAlone({ publicKey }: SigningKey): Promise<never> {
    await this.withdraw(publicKey.kid);
    const rule =
      'an active key of the same purpose must sign, too: run cairn keys rotate where that key is, or revoke it when it is lost';
    throw new ClientError('KEY_UNUSABLE', 'key file', rule);
  }

  private async find(member: string, kid: string): Promise<HubKey | null> {
    return (await this.standing(member)).find(({ thumbprint }) => thumbprint === kid) ?? null;
  }
}

function toHubKey(key: AnswerObject): HubKey {
  const registration = key.optionalObject('registration');
  return {
    thumbprint: key.text('thumbprint'),
    purpose: key.text('purpose').toLowerCase() as KeyPurpose,
    state: key.text('state').toLowerCase(),
    route: key.text('route').toLowerCase(),
    proved: registration !== null && registration.optionalText('provedAt') !== null,
  };
}
