import { ClientError } from '../client-error.js';
import type { FetchFile } from '../log/static-log.js';
import type { HttpClient } from './http-client.js';

/** Files below a URL that need no credentials; null for one that is not there. */
export function publicFiles(http: HttpClient, prefix: string): FetchFile {
  return async (path, limits) => {
    const { status, body } = await http.send({ method: 'GET', url: `${prefix}/${path}`, ...limits });
    if (status === 200) return body;
    if (status === 404) return null;
    throw new ClientError('UNEXPECTED_ANSWER', limits.subject, `the hub answers ${status}`);
  };
}
