import type { HubPolicy } from '../config/hub-policy.js';
import type { HttpClient } from '../http/http-client.js';
import type { AskHub } from '../http/graphql.js';
import { publicFiles } from '../http/public-files.js';
import type { FetchFile } from '../log/static-log.js';
import type { WantedState } from './begin-with-state.js';
import { ReplayAccess } from './replay-access.js';
import { replayLog } from './replay-log.js';
import type { ReplayProgress, ReplayReport } from './replay-report.js';
import type { Replayer } from './submission-reader.js';

export type { ReplayReport } from './replay-report.js';

/** How to replay. */
export interface ReplayRunOptions {
  /** Directory that keeps what was read; by default in the home. It holds hash values, and is for its owner alone. */
  readonly work?: string | undefined;
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Auditors: the state to begin with, the latest that the hub keeps or that of a log index, in place of the first statement. */
  readonly fromState?: WantedState | undefined;
  /** Unix milliseconds; for tests. */
  readonly now?: () => number;
  /** Bytes that are sorted in memory before they are committed; for tests. */
  readonly runBytes?: number;
}

/** At which hub, and by whom. */
export interface ReplayPlace {
  readonly http: HttpClient;
  readonly hub: HubPolicy;
  readonly ask: AskHub;
  readonly replayer: Replayer;
  /** Why an auditor replays; null for a member. */
  readonly purpose: string | null;
  /** Files of the feeds that a member receives, by channel; null for an auditor, who reads all that are pinned. */
  readonly feeds: ReadonlyMap<string, FetchFile> | null;
  readonly work: string;
}

/** Replays the log of a hub with what the hub gives to whoever asks. */
export async function replayHub(
  { http, hub, ask, replayer, purpose, feeds, work }: ReplayPlace,
  { onProgress, fromState, now, runBytes }: Omit<ReplayRunOptions, 'work'>,
): Promise<ReplayReport> {
  const { baseUrl, policy, origin } = hub;
  const access = new ReplayAccess({ http, baseUrl, ask, purpose });
  return replayLog({
    ...{ policy, origin, replayer, work, fromState, onProgress, now, runBytes },
    logFiles: publicFiles(http, `${baseUrl}/log`),
    feeds: feeds ?? new Map(hub.feeds.map((feed) => [feed, access.feed(feed)])),
    evidenceFiles: access.fetchFile,
  });
}
