/** Names of this schema, types such as `[Int!]!` and variables are all shorter; the shortest hash value is 32 characters. */
const NAME = /^(?:@|\$|\[*)[_A-Za-z]\w{0,30}[\]!]*(?:\.\w{1,30})?$/;

/**
 * The message of a parse or validation error as it may be shown and logged: what it quotes of the request is left out unless it is
 * short enough to be a name of the schema, since anything else can be a hash value that was put in the wrong place.
 */
export function messageWithoutValues(message: string): string {
  return message
    .replace(/ Did you mean [^?]*\?/g, '')
    .replace(/(got invalid value )[^]*$/, '$1of another type.')
    .replace(/(found |value: )[^]*$/, '$1…')
    .replace(/"((?:[^"\\]|\\.)*)"/g, (quoted, text: string) => (NAME.test(text) ? quoted : '"…"'));
}
