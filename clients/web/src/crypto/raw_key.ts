/** Keys of the KEMs in script: plain bytes, where the browser has nothing that could hold them. */
import type { KEM, Key } from 'hpke';

export class RawKey implements Key {
  readonly algorithm: { readonly name: string };
  readonly extractable = true;
  readonly type: 'private' | 'public';
  readonly raw: Uint8Array;

  constructor(name: string, type: 'private' | 'public', raw: Uint8Array) {
    this.algorithm = { name };
    this.type = type;
    this.raw = raw;
  }
}

type Wrapping = 'SerializePublicKey' | 'DeserializePublicKey' | 'SerializePrivateKey' | 'DeserializePrivateKey';

/** The members of a KEM that only wrap bytes and copy them out. `name`: the algorithm of its keys. */
export function rawKeys(name: string): Pick<KEM<RawKey>, Wrapping> {
  return {
    async SerializePublicKey(key) {
      return key.raw.slice();
    },
    async DeserializePublicKey(raw) {
      return new RawKey(name, 'public', raw.slice());
    },
    async SerializePrivateKey(key) {
      return key.raw.slice();
    },
    async DeserializePrivateKey(raw) {
      return new RawKey(name, 'private', raw.slice());
    },
  };
}
