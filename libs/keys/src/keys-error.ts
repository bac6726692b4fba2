/** Why something that should have worked with one's own keys did not. */
export type KeysErrorCode =
  | 'KEY_FILE_MISSING'
  | 'KEY_FILE_EXISTS'
  | 'KEY_FILE_PERMISSIONS'
  | 'KEY_FILE_MALFORMED'
  | 'INVALID_PRIVATE_KEY'
  | 'INVALID_STORED_KEY'
  | 'INVALID_SEED'
  | 'INVALID_ORIGIN'
  | 'INVALID_LIFETIME'
  | 'UNSIGNABLE_PAYLOAD';

/** A failure of one's own keys, files or arguments; what others send is answered with typed results instead. */
export class KeysError extends Error {
  override readonly name = 'KeysError';

  constructor(
    readonly code: KeysErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
