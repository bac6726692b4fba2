import { requireName } from '#libs/protocol';

/** Whether a text can name a member or a channel. Whatever else a caller sends as a name is not asked of the database. */
export function isName(text: string): boolean {
  try {
    return requireName(text, 'name') === text;
  } catch {
    return false;
  }
}
