import { readFile } from 'node:fs/promises';
import { CairnClient, ClientError, readHubPolicy, type HubPolicy } from '#libs/client';

/** What staff verify under: the policy file they name, else what is configured, else nothing. */
export async function pinnedHub(
  home: string | undefined,
  file: string | undefined,
): Promise<HubPolicy | null> {
  if (file !== undefined) return readHubPolicy(await readFile(file), file, { allowHttp: true });
  try {
    return (await CairnClient.open({ home })).hub;
  } catch (error) {
    if (error instanceof ClientError && error.code === 'NOT_CONFIGURED') return null;
    throw error;
  }
}
