import { gatePublicKey, verifyCompactJws, type PublicKeyRecord } from '#libs/keys';
import { LIMITS, MANIFEST_TYP, type KeyStatement, type PublicJwk, type VerifyManifest } from '#libs/protocol';

/** The keys that the log has registered so far, each put through the key gate once. */
export class RegisteredKeys {
  private readonly jwks = new Map<string, PublicJwk>();
  private readonly gated = new Map<PublicJwk, PublicKeyRecord | null>();

  add({ key, jwk }: KeyStatement): void {
    this.jwks.set(key, jwk);
  }

  /** The key of a thumbprint, or null when no statement so far has registered it. */
  find(thumbprint: string): PublicJwk | null {
    return this.jwks.get(thumbprint) ?? null;
  }

  readonly verifyManifest: VerifyManifest = async (token, jwk) => {
    const key = this.gate(jwk);
    if (key === null) return null;
    const maxBytes = LIMITS.manifestBytes;
    const verified = await verifyCompactJws({ token, typ: MANIFEST_TYP, key, maxBytes });
    return verified.ok ? verified.payload : null;
  };

  private gate(jwk: PublicJwk): PublicKeyRecord | null {
    const known = this.gated.get(jwk);
    if (known !== undefined) return known;
    const gated = gatePublicKey(jwk);
    const key = gated.ok ? gated.key : null;
    this.gated.set(jwk, key);
    return key;
  }
}
