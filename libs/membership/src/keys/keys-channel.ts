/** Notified when a key's statement may be due. A notification can be lost, so who listens polls as well. */
export const KEYS_CHANNEL = 'cairn_keys';
