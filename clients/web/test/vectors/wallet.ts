import { stretchHere } from '../../src/crypto/argon2.ts';
import { ed25519Public } from '../../src/crypto/primitives.ts';
import * as chain from '../../src/formats/chain.ts';
import { digest, H } from '../../src/formats/derive.ts';
import * as desk from '../../src/formats/desk.ts';
import { ascii, b64u } from '../../src/formats/encoding.ts';
import * as join from '../../src/formats/join.ts';
import { openBody, openObject, readPayload, sealBody } from '../../src/formats/object.ts';
import * as pin from '../../src/formats/pin.ts';
import { readSheet, writeSheet } from '../../src/formats/sheet.ts';
import { checkDpop, checkSignIn, type DpopWanted, signSignIn } from '../../src/formats/sign_in.ts';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import { parseObject } from '../../src/formats/strict_json.ts';
import * as wallet from '../../src/formats/wallet.ts';
import type { Ops } from './ops.ts';
import { bytes, has, list, number, object, out, text } from './take.ts';

const rows = (input: JsonObject, name: string): chain.Objects =>
  new Map(
    (list(input, name) as unknown as [string, number, string | null][]).map(([id, version, body]) => [
      id,
      { version, body },
    ]),
  );
const methods = (input: JsonObject): chain.MethodRow[] =>
  (list(input, 'methods') as unknown as [string, number, string][]).map(([id, version, envelope]) => ({
    id,
    version,
    envelope,
  }));
const place = (input: JsonObject) => ({
  wallet: bytes(input, 'wallet'),
  id: text(input, 'id'),
  version: number(input, 'version'),
});

const page = (input: JsonObject) => desk.deskCode(bytes(input, 'public'), bytes(input, 'jkt'));
const said = (input: JsonObject) => ({ opening: { signer: text(input, 'signer'), nonce: text(input, 'own') } });

export const wallets: Ops = {
  'handle.read': async (input) => {
    const handle = wallet.parseHandle(text(input, 'typed'));
    const salt = (await H('salt', ascii(handle))).slice(0, 16);
    const hash = out(await wallet.handleHash(handle));
    return { handle, shown: wallet.showHandle(handle), profile: wallet.profileOf(handle), salt: out(salt), hash };
  },
  'code.write': (input) => ({ digits: wallet.showCode(bytes(input, 'code')).join('') }),
  'code.read': (input) => ({ code: out(wallet.parseCode(text(input, 'typed'), number(input, 'size') / 2)) }),
  'sheet.write': (input) => {
    const code = wallet.showCode(bytes(input, 'code'));
    return { text: writeSheet({ handle: text(input, 'handle'), code, number: number(input, 'number') }) };
  },
  'sheet.read': (input) => {
    const { handle, code, number: at } = readSheet(text(input, 'text'));
    return { handle, code: out(wallet.parseCode(code.join(''), wallet.RECOVERY_BLOCKS)), number: at };
  },
  'kdf.argon2id': async (input) => ({
    key: out(await stretchHere(bytes(input, 'secret'), bytes(input, 'salt'), text(input, 'profile'))),
  }),
  'root.passphrase': async (input) => ({
    root: out(await wallet.passphraseRoot(text(input, 'handle'), text(input, 'typed'))),
  }),
  'root.recovery': async (input) => ({
    root: out(await wallet.recoveryRoot(text(input, 'handle'), bytes(input, 'code'))),
  }),
  'root.passkey': async (input) => ({
    root: out(await wallet.passkeyRoot(text(input, 'handle'), bytes(input, 'prf'))),
    input: out(await wallet.passkeyInput()),
  }),
  'root.pin': async (input) => {
    const made = await pin.devicePin(bytes(input, 'secret'), text(input, 'handle'), text(input, 'typed'));
    const root = await pin.devicePinRoot(made, bytes(input, 'share'));
    return { proof: out(await pin.devicePinProof(made)), root: out(root) };
  },
  'root.derived': async (input) => {
    const handle = text(input, 'handle');
    const root = bytes(input, 'root');
    return {
      sign_in: out(await ed25519Public(await wallet.signInSeed(handle, root))),
      pin_proof: out(await wallet.pinProof(handle, root, text(input, 'pin'))),
      stop_proof: out(await wallet.stopProof(handle, bytes(input, 'stop_code'))),
    };
  },
  'genesis.verify': async (input) => {
    const { payload, key, wallet: id } = await wallet.readGenesis(text(input, 'token'));
    const { receive, log, created, nonce } = payload;
    return { wallet_id: out(id), signing: out(key), receive, log, created, nonce };
  },
  'identity.open': async (input) => {
    const identity = await wallet.openIdentity(
      bytes(input, 'vmk'),
      bytes(input, 'wallet'),
      number(input, 'epoch'),
      text(input, 'token'),
    );
    return { signing: out(identity.sign), receive: out(identity.receive), log: out(identity.log) };
  },
  'envelope.open': async (input) => {
    const at = { ...place(input), method: text(input, 'method') as wallet.Method, epoch: number(input, 'epoch') };
    const vmk = await wallet.openEnvelope(bytes(input, 'root'), text(input, 'handle'), at, text(input, 'token'));
    return { vmk: out(vmk) };
  },
  'wallet.check': async (input) => {
    const { head } = await wallet.checkUnlocked(bytes(input, 'vmk'), {
      wallet: bytes(input, 'wallet'),
      genesis: text(input, 'genesis'),
      identityBox: text(input, 'identity_box'),
      head: text(input, 'head'),
      methods: methods(input),
      objects: rows(input, 'objects'),
    });
    return { number: head.number, head: await chain.changeHash(text(input, 'head')) };
  },
  'sign_in.make': async (input) => ({
    token: await signSignIn(bytes(input, 'seed'), {
      v: 1,
      origin: text(input, 'origin'),
      handle: text(input, 'handle'),
      method: text(input, 'method'),
      action: text(input, 'action') as 'sign-in' | 'assist',
      nonce: text(input, 'nonce'),
      jkt: text(input, 'jkt'),
      body: await digest(bytes(input, 'body')),
    }),
  }),
  'sign_in.check': async (input) => {
    const { handle, method, action, nonce } = await checkSignIn(text(input, 'token'), {
      enrolled: bytes(input, 'enrolled'),
      origin: text(input, 'origin'),
      jkt: text(input, 'jkt'),
      body: bytes(input, 'body'),
    });
    return { handle, method, action, nonce };
  },
  'join.link': (input) => ({
    url: join.joinLink(text(input, 'origin'), { publicKey: bytes(input, 'public'), jkt: bytes(input, 'jkt') }),
  }),
  'join.read': async (input) => {
    const { origin, code } = join.readJoinLink(text(input, 'url'));
    const id = out(await join.joinId(code));
    return { origin, public: out(code.publicKey), jkt: out(code.jkt), id, digits: await join.joinDigits(code) };
  },
  'join.open': async (input) => {
    const answered = { wallet: text(input, 'wallet'), mode: text(input, 'mode') };
    const private_ = bytes(input, 'private');
    const opened = await join.openJoin(private_, bytes(input, 'jkt'), text(input, 'token'), answered);
    const { handle, wallet: id, vmk, number: at, head, mode } = opened;
    return { handle, wallet: id, vmk, number: at, head, mode };
  },
  'desk.link': (input) => ({ url: desk.deskLink(text(input, 'origin'), page(input)) }),
  'desk.read': async (input) => {
    const { origin, code } = desk.readDeskLink(text(input, 'url'));
    return { origin, public: out(code.publicKey), jkt: out(code.jkt), id: out(await desk.deskId(code)) };
  },
  'desk.number': (input) => ({ number: desk.readDeskNumber(text(input, 'typed')) }),
  'desk.commit': async (input) => ({ commit: await desk.commitTo(said(input).opening) }),
  'desk.compare': async (input) => {
    const compared = { code: page(input), nonce: text(input, 'nonce'), ...said(input) };
    await desk.checkOpening(text(input, 'commit'), compared.opening);
    return { transcript: out(await desk.transcript(compared)), digits: await desk.deskDigits(compared) };
  },
  'desk.open': async (input) => {
    const compared = { nonce: text(input, 'nonce'), ...said(input) };
    const private_ = bytes(input, 'private');
    return { locator: out(await desk.openDesk(private_, bytes(input, 'jkt'), compared, text(input, 'token'))) };
  },
  'desk.signer': (input) => {
    desk.checkSigner(said(input).opening, text(input, 'terms_signer'));
    return {};
  },
  'dpop.verify': async (input) => {
    const wanted: DpopWanted = {
      htm: text(input, 'htm'),
      htu: text(input, 'htu'),
      now: number(input, 'now'),
      ...(has(input, 'token') ? { accessToken: text(input, 'token') } : {}),
      ...(has(input, 'body') ? { body: bytes(input, 'body') } : {}),
    };
    const { payload, jkt } = await checkDpop(text(input, 'proof'), wanted);
    return { jkt, jti: payload.jti, iat: payload.iat };
  },
  'object.open': async (input) => {
    const sealed = { key: text(input, 'key'), body: text(input, 'body') };
    return { payload: await openObject(bytes(input, 'vmk'), place(input), number(input, 'epoch'), sealed) };
  },
  'object.parse': (input) => ({ kind: readPayload(parseObject(text(input, 'payload'), 256 * 1024)).kind }),
  'object.filled': async (input) => {
    const payload = { v: 1, kind: 'filler', text: 'a'.repeat(number(input, 'letters')) };
    const key = new Uint8Array(32);
    const at = { wallet: new Uint8Array(32), id: b64u(new Uint8Array(16)), version: 1 };
    return { kind: (await openBody(key, at, await sealBody(key, at, payload))).kind };
  },
  'chain.root': async (input) => ({ root: await chain.rootOf(rows(input, 'objects')) }),
  'chain.access': async (input) => ({ access: await chain.accessOf(methods(input), text(input, 'identity_box')) }),
  'chain.verify': async (input) => {
    const token = text(input, 'token');
    const { number, parent, epoch, root, access } = await chain.readChange(token, bytes(input, 'public'));
    return { number, parent, epoch, root, access, hash: await chain.changeHash(token) };
  },
  'chain.advance': async (input) => {
    const head = { number: number(input, 'number'), hash: input.head as string | null, epoch: number(input, 'epoch') };
    const state = { head, objects: rows(input, 'objects') };
    const after = await chain.applyChange(state, text(input, 'token'), bytes(input, 'public'));
    const { number: at, hash, epoch } = after.head;
    return { number: at, head: hash, epoch, root: await chain.rootOf(after.objects) };
  },
  'chain.judge': async (input) => {
    const key = bytes(input, 'public');
    const token = text(input, 'head');
    const change = await chain.readChange(token, key);
    const shown = { number: change.number, head: await chain.changeHash(token) };
    const known = new Map(Object.entries(object(input, 'ancestors')).map(([at, hash]) => [Number(at), String(hash)]));
    const newer = list(input, 'newer') as string[];
    const pin = object(input, 'pin') as unknown as chain.Pin;
    return { verdict: await chain.judge(pin, shown, newer, key, known, number(input, 'floor')) };
  },
  'chain.check_head': async (input) => {
    const objects = rows(input, 'objects');
    const box = text(input, 'identity_box');
    const head = await chain.checkHead(text(input, 'head'), bytes(input, 'public'), objects, methods(input), box);
    return { number: head.number };
  },
  'chain.head_statement': async (input) => {
    const statement = await chain.readHead(text(input, 'token'), bytes(input, 'public'), text(input, 'nonce'));
    const { wallet: id, number: at, head, time } = statement;
    return { wallet: id, number: at, head, time };
  },
};
