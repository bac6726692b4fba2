/** `typ` of the JWS by which a hub says who its members are (docs/protocol-keys.md, "Directory"). */
export const DIRECTORY_TYP = 'cairn-directory+jws';
