import { LOOPBACK } from '../config/config.js';

/** What the embedded server always runs with: reachable from this machine only, durable, and silent about values. */
function required(port: number): Record<string, string> {
  return {
    listen_addresses: LOOPBACK,
    port: String(port),
    unix_socket_directories: '',
    fsync: 'on',
    synchronous_commit: 'on',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Failed statements and their details can hold hash values: only LOG, FATAL and PANIC lines, and those terse.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
  };
}

/** Sizes for a machine of two cores; an operator may change them in `postgresql.conf`. */
export const TUNING: Readonly<Record<string, string>> = {
  shared_buffers: '512MB',
  // After each checkpoint every page that is touched goes into the log whole, and entries touch pages all over: the fewer checkpoints, the less is
  // written when millions of signals are stored.
  max_wal_size: '6GB',
  checkpoint_timeout: '15min',
  max_connections: '100',
  jit: 'off',
  effective_io_concurrency: '16',
  random_page_cost: '1.1',
};

/** The server's command line. `overrides` is for test clusters, which need no durability. */
export function serverArguments(
  dataDirectory: string,
  port: number,
  overrides: Readonly<Record<string, string>> = {},
): string[] {
  const settings = Object.entries({ ...required(port), ...overrides });
  return ['-D', dataDirectory, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Lines for `postgresql.conf`. */
export function tuningFile(): string {
  const lines = Object.entries(TUNING).map(([name, value]) => `${name} = '${value}'`);
  return ['', '# Sizes chosen by Cairn for two cores; change them to fit the machine.', ...lines, ''].join(
    '\n',
  );
}
