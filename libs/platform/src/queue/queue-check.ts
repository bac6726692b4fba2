import { PlatformError } from '../platform-error.js';

/**
 * Refuses a Redis that may throw jobs away when its memory is full, or that does not answer.
 * @throws PlatformError `queue-unreachable`, `queue-unsuitable`
 */
export async function requireSuitableRedis(url: string): Promise<void> {
  const { Redis } = await import('ioredis');
  const { host } = new URL(url);
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const policy = /^maxmemory_policy:(.*?)\r?$/m.exec(await redis.info('memory'))?.[1];
    if (policy === 'noeviction') return;
    throw new PlatformError(
      'queue-unsuitable',
      `Redis at ${host} must have maxmemory-policy noeviction, it has ${policy ?? 'none that it tells'}`,
    );
  } catch (cause) {
    if (cause instanceof PlatformError) throw cause;
    throw new PlatformError('queue-unreachable', `Redis at ${host} (CAIRN_QUEUE_URL) cannot be reached`, {
      cause,
    });
  } finally {
    redis.disconnect();
  }
}
