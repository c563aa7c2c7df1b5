/** One entry for each operation of the vectors. An operation that is not here fails the test. */
import type { Json, JsonObject } from '../../src/formats/strict_json.ts';
import { conventions } from './conventions.ts';
import { grants } from './grant.ts';
import { logs } from './log.ts';
import { wallets } from './wallet.ts';

export type Input = JsonObject;
export type Op = (input: Input) => Promise<Json> | Json;
export type Ops = Readonly<Record<string, Op>>;

export const OPS: Ops = { ...conventions, ...wallets, ...grants, ...logs };
