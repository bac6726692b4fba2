import type { HttpOptions } from './http/http-client.js';
import type { PullProgress } from './pull/pull-feed.js';
import type { SubmissionState } from './submit/hub-submissions.js';

/** Which member speaks to which hub, and where its files are. */
export interface CairnClientOptions {
  /** Home directory of the member's configuration; by default `CAIRN_CLI_HOME`, else `~/.cairn`. */
  readonly home?: string;
  readonly http?: HttpOptions;
}

/** What to pull. */
export interface PullOptions {
  /** Channel. */
  readonly feed: string;
  /** Directory of the store; the feed gets one of its own in it. */
  readonly store: string;
  /** Signal types; `all`; or, when not given, those of the last pull (all at the first). */
  readonly types?: readonly string[] | 'all';
  readonly onProgress?: (progress: PullProgress) => void;
}

/** The member as the hub sees it. */
export interface WhoAmI {
  readonly member: string;
  readonly name: string;
  readonly status: string;
  readonly channels: readonly {
    readonly channel: string;
    readonly submit: boolean;
    readonly receive: boolean;
  }[];
  readonly keys: readonly {
    readonly thumbprint: string;
    readonly purpose: string;
    readonly active: boolean;
  }[];
}

/** How to wait for a submission. */
export interface WaitOptions {
  /** Milliseconds; ten minutes unless given. */
  readonly timeoutMs?: number;
  readonly onState?: (state: SubmissionState) => void;
}
