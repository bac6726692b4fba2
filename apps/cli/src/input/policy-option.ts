import { readFile } from 'node:fs/promises';
import { MemberHome, readHubPolicy, type HubPolicy } from '#libs/client';
import type { GlobalOptions } from '../cli-io.js';

/** Options of a command that checks under a policy. */
export interface PolicyOptions extends GlobalOptions {
  readonly policy?: string;
}

export const POLICY = '--policy <file>';
export const POLICY_HELP = 'pinned policy file; by default that of your configuration';

/** The policy file that is named, else the pinned one. */
export async function policyOf({ policy, home }: PolicyOptions): Promise<HubPolicy> {
  if (policy === undefined) return (await new MemberHome(home).load()).hub;
  // Nothing is sent to the hub of a policy that is only checked against.
  return readHubPolicy(await readFile(policy), policy, { allowHttp: true });
}
