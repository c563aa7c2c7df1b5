import {
  derive,
  digest,
  H,
  type HeaderMembers,
  openBox,
  openJwe,
  padded,
  padme,
  parseJson,
  readDigits,
  sealJwe,
  signJwsBytes,
  unb64u,
  unpad,
  verifyJwkBytes,
  verifyKidBytes,
} from '../../src/formats/conventions.ts';
import { refuse } from '../../src/formats/errors.ts';
import { readJwk } from '../../src/formats/sign_in.ts';
import type { Ops } from './ops.ts';
import { bytes, has, iv, list, number, object, out, sealPrivate, text } from './take.ts';

const members = (input: Parameters<typeof list>[0]) => list(input, 'members') as unknown as HeaderMembers;

export const conventions: Ops = {
  'b64u.decode': async (input) => {
    const raw = unb64u(text(input, 'text'), has(input, 'size') ? number(input, 'size') : undefined);
    return { length: raw.length, digest: await digest(raw) };
  },
  'json.read': (input) => ({ value: parseJson(bytes(input, 'data'), number(input, 'max')) }),
  'digits.read': (input) => {
    const digits = readDigits(text(input, 'typed'));
    if (has(input, 'count') && digits.length !== number(input, 'count')) refuse('malformed');
    return { digits };
  },
  'hash.tagged': async (input) => ({ hash: out(await H(text(input, 'kind'), bytes(input, 'data'))) }),
  derive: async (input) => ({
    key: out(await derive(bytes(input, 'key'), text(input, 'kind'), bytes(input, 'context'), number(input, 'size'))),
  }),
  'jwk.thumbprint': async (input) => ({ thumbprint: out((await readJwk(object(input, 'jwk'))).thumbprint) }),
  'jwe.seal': async (input) => ({
    token: await sealJwe(
      text(input, 'kind'),
      members(input),
      bytes(input, 'key'),
      bytes(input, 'plaintext'),
      iv(input),
    ),
  }),
  'jwe.open': async (input) => ({
    plaintext: out(await openJwe(text(input, 'token'), text(input, 'kind'), members(input), bytes(input, 'key'))),
  }),
  'jws.sign': async (input) => ({
    token: await signJwsBytes(
      text(input, 'kind'),
      text(input, 'header') as 'kid' | 'jwk',
      bytes(input, 'seed'),
      bytes(input, 'payload'),
    ),
  }),
  'jws.verify': async (input) => ({
    payload: out(await verifyKidBytes(text(input, 'token'), text(input, 'kind'), bytes(input, 'public'))),
  }),
  'jws.verify_jwk': async (input) => {
    const { payload, key } = await verifyJwkBytes(text(input, 'token'), text(input, 'kind'));
    return { public: out(key), payload: out(payload) };
  },
  'hpke.open': async (input) => ({
    plaintext: out(
      await openBox(text(input, 'kind'), sealPrivate(input), bytes(input, 'context'), text(input, 'token')),
    ),
  }),
  'padding.size': (input) => ({ size: padme(number(input, 'length')) }),
  'padding.add': (input) => ({ padded: out(padded(bytes(input, 'message'))) }),
  'padding.remove': (input) => ({ message: out(unpad(bytes(input, 'padded'))) }),
};
