import { join } from 'node:path';
import { isJsonObject } from '#libs/protocol';
import { durableFiles, replaceDurably } from '../files/durable-files.js';
import { readJsonFile } from '../files/read-file.js';

const NAME = 'labels.json';

/**
 * Keeps the names of label codes in a feed's directory. Records carry the codes, which are verified; the names are the
 * hub's word.
 */
export async function writeLabels(directory: string, labels: ReadonlyMap<number, string>): Promise<void> {
  const text = `${JSON.stringify({ labels: Object.fromEntries(labels) }, null, 2)}\n`;
  await replaceDurably(durableFiles, join(directory, NAME), text);
}

/** The names of label codes, as the hub gave them last; to have none is no loss but of comfort. */
export async function readLabels(directory: string): Promise<Map<number, string>> {
  const json = await readJsonFile(join(directory, NAME), 'STORE_INVALID').catch(() => null);
  const labels = json?.['labels'];
  if (!isJsonObject(labels)) return new Map();
  return new Map(Object.entries(labels).map(([code, label]) => [Number(code), String(label)]));
}
