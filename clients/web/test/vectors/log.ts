import * as deposit from '../../src/formats/deposit.ts';
import { type Bytes, unb64u } from '../../src/formats/encoding.ts';
import { refuse } from '../../src/formats/errors.ts';
import * as log from '../../src/formats/log.ts';
import * as mark from '../../src/formats/mark.ts';
import * as registry from '../../src/formats/registry.ts';
import * as request from '../../src/formats/request.ts';
import { type Json, type JsonObject, parseObject } from '../../src/formats/strict_json.ts';
import type { Ops } from './ops.ts';
import { bytes, has, list, number, out, plain, sealPrivate, text } from './take.ts';

const pinOf = (input: JsonObject): log.ChainPin => {
  const [seq, leaf] = list(input, 'pin') as [number, string];
  return { seq, leaf };
};
const many = (input: JsonObject, name: string): Bytes[] => list(input, name).map((item) => unb64u(String(item), 32));

export const logs: Ops = {
  'event.read': (input) => {
    const { kind, time, actor } = log.readEvent(text(input, 'text'));
    return { kind, time, actor: actor.type };
  },
  'log.leaf': async (input) => {
    const a = await log.eventHalf(bytes(input, 'r1'), text(input, 'event'));
    const previous = bytes(input, 'previous');
    const b = await log.chainHalf(bytes(input, 'r2'), bytes(input, 'wallet'), number(input, 'seq'), previous);
    return { a: out(a), b: out(b), leaf: out(await log.leafOf({ a, b })) };
  },
  'log.check': async (input) => {
    const rows = (list(input, 'rows') as unknown as [number, string, string][]).map(([seq, leaf, body]) => ({
      seq,
      leaf,
      body,
    }));
    const checked = await log.checkRows(bytes(input, 'log_private'), bytes(input, 'wallet'), pinOf(input), rows);
    return { ...checked.pin, kinds: checked.events.map((event) => log.readEvent(event).kind) };
  },
  'log.check_head': async (input) => {
    const wanted = { wallet: text(input, 'wallet'), nonce: text(input, 'nonce'), pin: pinOf(input) };
    return { seq: (await log.checkLogHead(text(input, 'token'), bytes(input, 'public'), wanted)).seq };
  },
  'promise.check': async (input) => {
    const read = await log.checkPromise(text(input, 'token'), text(input, 'event'), bytes(input, 'public'));
    return { leaf: read.leaf, time: read.time, deadline: read.deadline };
  },
  'merkle.root': async (input) => ({ root: out(await log.treeRoot(many(input, 'leaves'))) }),
  'merkle.inclusion': async (input) => {
    const [index, size] = [number(input, 'index'), number(input, 'size')];
    const path = many(input, 'path');
    const holds = await log.inclusionHolds(bytes(input, 'leaf'), index, size, path, bytes(input, 'root'));
    return holds ? {} : refuse('unlogged');
  },
  'merkle.consistency': async (input) => {
    const [first, size] = [number(input, 'first'), number(input, 'size')];
    const roots = [bytes(input, 'first_root'), bytes(input, 'root')] as const;
    return (await log.consistencyHolds(first, size, ...roots, many(input, 'path'))) ? {} : refuse('log-broken');
  },
  'tile.path': (input) => ({
    path: log.tilePath(number(input, 'level'), number(input, 'number'), number(input, 'width')),
  }),
  'checkpoint.verify': async (input) => {
    const own = await log.readVerifier(text(input, 'log'));
    const witnesses = await Promise.all((list(input, 'witnesses') as string[]).map(log.readVerifier));
    const { origin, size, root, witnesses: seen } = await log.checkWitnessed(text(input, 'note'), own, witnesses);
    return { origin, size, root: out(root), witnesses: seen };
  },
  'registry.read': async (input) => {
    const pin = has(input, 'pinned') && input.pinned !== null ? (list(input, 'pinned') as [number, string]) : null;
    const read = await registry.readRegistry(
      text(input, 'document'),
      registry.readRoots(text(input, 'roots')),
      number(input, 'now'),
      pin === null ? undefined : { version: pin[0], hash: pin[1] },
    );
    const agencies = read.registry.agencies.map((agency) => agency.id).sort();
    return { version: read.registry.version, hash: out(read.hash), agencies };
  },
  'roots.read': async (input) => {
    const roots = registry.readRoots(text(input, 'roots'));
    return { bundle: roots.bundle, fingerprint: await registry.rootsFingerprint(roots) };
  },
  'registry.leaf': async (input) => ({
    leaf: out(await log.registryLeaf(bytes(input, 'hash'), number(input, 'version'), text(input, 'bundle'))),
  }),
  'registry.seal_key': (input) => {
    const read = registry.readPayload(parseObject(text(input, 'registry'), 4e6));
    const agency = read.agencies.find((row) => row.id === text(input, 'agency')) as registry.Agency;
    const key = registry.agencySealKey(agency, number(input, 'now'), list(input, 'suites') as number[]);
    return { kid: key?.kid ?? null, suite: key?.suite ?? null };
  },
  'enrolment.read': async (input) => {
    const { enrolment, fingerprint } = await registry.readEnrolment(text(input, 'token'));
    return { id: enrolment.id, fingerprint };
  },
  'request.locate': async (input) => {
    const locator = await request.locateRequest(bytes(input, 'secret'));
    return { request: locator.request, auth: locator.auth, key: out(locator.key) };
  },
  'request.open': async (input) => {
    const locator = await request.locateRequest(bytes(input, 'secret'));
    return { request: await request.openRequest(locator, text(input, 'token')) };
  },
  'request.verify': async (input) => {
    const read = await request.readRequest(text(input, 'token'), bytes(input, 'public'));
    return { request: read.request, agency: read.agency, mode: read.mode };
  },
  'mark.names': (input) =>
    mark.markNames(bytes(input, 'seed'), text(input, 'agency'), text(input, 'document'), input.person as string | null),
  'mark.value': async (input) => ({ hash: await mark.valueHash(text(input, 'salt'), input.value as Json) }),
  'mark.verify': async (input) => {
    const listed = registry.readPayload(parseObject(text(input, 'registry'), 4e6));
    const on = { field: text(input, 'field'), value: input.value as Json };
    const salted = { token: text(input, 'token'), salt: text(input, 'salt') };
    const { mark: found } = await mark.verifyMark(salted, listed, on, number(input, 'now'));
    const { agency, says, document, person, time, exp } = found;
    return { agency, says, document, person, time, exp };
  },
  'statement.read': (input) => {
    const { document, marks } = mark.readStatement(text(input, 'text'), text(input, 'kind'));
    const fields = Object.keys(document?.fields ?? {}).sort();
    return { type: document?.type ?? '', fields, marks: marks.length };
  },
  'request.check': async (input) => {
    const checked = await request.checkRequest(
      await request.locateRequest(bytes(input, 'secret')),
      text(input, 'token'),
      registry.readPayload(parseObject(text(input, 'registry'), 4e6)),
      text(input, 'audience'),
      number(input, 'now'),
      new Set(list(input, 'answered') as string[]),
    );
    return { agency: checked.agency.id, over_asking: checked.overAsking };
  },
  'notice.open': async (input) => {
    const id = input.request as string | null;
    const own = sealPrivate(input);
    const { locator, request: of, nonce, grant, time } = await request.openNotice(own, id, text(input, 'token'));
    return { locator, request: of, nonce, grant, time };
  },
  'request.digits': async (input) => ({ hash: await request.digitsHash(text(input, 'salt'), text(input, 'typed')) }),
  'deposit.locate': async (input) => {
    const { code, auth, keyHash } = await deposit.locateDeposit(bytes(input, 'locator'));
    return { code, auth, key_hash: out(keyHash) };
  },
  'deposit.check_key': async (input) => {
    await deposit.checkDepositKey(await deposit.locateDeposit(bytes(input, 'locator')), bytes(input, 'public'));
    return {};
  },
  'deposit.open': async (input) => {
    const [code, item] = [text(input, 'code'), text(input, 'item')];
    const manifest = await deposit.openManifest(sealPrivate(input), code, item, text(input, 'token'));
    const agency = has(input, 'agency_key') && input.agency_key !== null ? bytes(input, 'agency_key') : undefined;
    const signer = await deposit.depositSender(manifest, code, item, agency);
    return plain({ kind: manifest.kind, name: manifest.name, signer: signer === null ? null : out(signer) });
  },
};
