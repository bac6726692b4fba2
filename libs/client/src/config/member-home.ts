import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  generateSigningKey,
  KeysError,
  loadSigningKey,
  saveSigningKey,
  type SignatureAlgorithm,
  type SigningKey,
} from '#libs/keys';
import { ProtocolError, requireName, type KeyPurpose } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { durableFiles, replaceDurably } from '../files/durable-files.js';
import { readIfThere, readJsonFile } from '../files/read-file.js';
import { readHubPolicy, type HubPolicy } from './hub-policy.js';

/** What a member's configuration says. */
export interface MemberConfig {
  readonly member: string;
  readonly hub: HubPolicy;
}

const VERSION = 'cairn-client/1';

/**
 * The directory in which a member keeps its configuration: `config.json`, the pinned `policy`, `keys/`, the `outbox/` and
 * what was last verified of the hub in `hub/`.
 */
export class MemberHome {
  /** @param path  by default `CAIRN_CLI_HOME`, else `~/.cairn` */
  constructor(path?: string) {
    this.path = resolve(path ?? process.env['CAIRN_CLI_HOME'] ?? join(homedir(), '.cairn'));
  }

  readonly path: string;

  get outbox(): string {
    return join(this.path, 'outbox');
  }

  /** What was last verified of the hub's provenance log. */
  get hubState(): string {
    return join(this.path, 'hub');
  }

  /** The private file of the key of a purpose. */
  keyFile(purpose: KeyPurpose): string {
    return join(this.path, 'keys', `${purpose}.jwk`);
  }

  /**
   * Pins a policy file: copies it and writes the configuration.
   *
   * @param options.replace  whether another configuration may be replaced
   * @throws ClientError `POLICY_INVALID`, `OPTION_INVALID` (member), `ALREADY_CONFIGURED`
   */
  async init(options: {
    policy: Uint8Array;
    member: string;
    replace?: boolean;
    allowHttp?: boolean;
  }): Promise<MemberConfig> {
    const { policy, allowHttp = false, replace = false } = options;
    const member = requireMemberName(options.member);
    const hub = readHubPolicy(policy, 'policy file', { allowHttp });
    if (!replace && (await readIfThere(this.configFile)) !== null) {
      throw new ClientError('ALREADY_CONFIGURED', this.path, 'holds a configuration already');
    }
    await durableFiles.makeDirectory(this.path);
    await replaceDurably(durableFiles, this.policyFile, policy);
    const config = { version: VERSION, member, allowHttp };
    await replaceDurably(durableFiles, this.configFile, `${JSON.stringify(config, null, 2)}\n`);
    return { member, hub };
  }

  /**
   * The configuration.
   *
   * @throws ClientError `NOT_CONFIGURED`, `CONFIG_INVALID`, `POLICY_INVALID`
   */
  async load(): Promise<MemberConfig> {
    const json = await readJsonFile(this.configFile, 'CONFIG_INVALID');
    const policy = await readIfThere(this.policyFile);
    if (json === null || policy === null) {
      const hint = 'is no configured member; run: cairn init --policy FILE --member NAME';
      throw new ClientError('NOT_CONFIGURED', this.path, hint);
    }
    const { version, member, allowHttp } = json;
    if (version !== VERSION || typeof member !== 'string' || typeof allowHttp !== 'boolean') {
      throw new ClientError('CONFIG_INVALID', this.configFile, 'is not a configuration of this version');
    }
    return { member, hub: readHubPolicy(policy, this.policyFile, { allowHttp }) };
  }

  /**
   * Makes a key in a private file; none is ever overwritten.
   *
   * @throws ClientError `KEY_UNUSABLE` when there is one already
   */
  async createKey(purpose: KeyPurpose, alg?: SignatureAlgorithm, file?: string): Promise<SigningKey> {
    await durableFiles.makeDirectory(join(this.path, 'keys'));
    const key = generateSigningKey(alg);
    await withKeyErrors(() => saveSigningKey(file ?? this.keyFile(purpose), key));
    return key;
  }

  /**
   * The key of a purpose.
   *
   * @param file  another file than that of the purpose
   * @throws ClientError `KEY_UNUSABLE`
   */
  async loadKey(purpose: KeyPurpose, file?: string): Promise<SigningKey> {
    return withKeyErrors(() => loadSigningKey(file ?? this.keyFile(purpose)));
  }

  private get configFile(): string {
    return join(this.path, 'config.json');
  }

  private get policyFile(): string {
    return join(this.path, 'policy');
  }
}

function requireMemberName(name: string): string {
  try {
    return requireName(name, 'member');
  } catch (cause) {
    if (cause instanceof ProtocolError)
      throw new ClientError('OPTION_INVALID', 'member', cause.rule, { cause });
    throw cause;
  }
}

/** Says what is wrong with a key file in the words of this library. */
export async function withKeyErrors<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof KeysError)
      throw new ClientError('KEY_UNUSABLE', 'key file', cause.message, { cause });
    throw cause;
  }
}
