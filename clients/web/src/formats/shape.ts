/** Shapes of JSON: closed objects refuse an unknown member, open ones keep it (conventions.md, "JSON"). */
import { unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import type { Json, JsonObject } from './strict_json.ts';

export type Check<T> = (value: Json) => T;
type Optional<T> = { readonly optional: Check<T> };
type Member = Check<unknown> | Optional<unknown>;
type Shape = { readonly [name: string]: Member };
type Simplify<T> = { [K in keyof T]: T[K] };
export type Of<S extends Shape> = Simplify<
  { [K in keyof S as S[K] extends Check<unknown> ? K : never]: S[K] extends Check<infer T> ? T : never } & {
    [K in keyof S as S[K] extends Optional<unknown> ? K : never]?: S[K] extends Optional<infer T> ? T : never;
  }
>;
export type Shaped<C> = C extends Check<infer T> ? T : never;

export function maybe<T>(check: Check<T>): Optional<T> {
  return { optional: check };
}

function asObject(value: Json): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) refuse('malformed', 'not an object');
  return value as JsonObject;
}

function members(object: JsonObject, shape: Shape): void {
  for (const [name, member] of Object.entries(shape)) {
    const present = Object.hasOwn(object, name);
    if (typeof member === 'function') {
      if (!present) refuse('malformed', `${name} is missing`);
      member(object[name] as Json);
    } else if (present) {
      member.optional(object[name] as Json);
    }
  }
}

export function closed<S extends Shape>(shape: S): Check<Of<S>> {
  return (value) => {
    const object = asObject(value);
    for (const name of Object.keys(object)) if (!Object.hasOwn(shape, name)) refuse('malformed', 'unknown member');
    members(object, shape);
    return object as Of<S>;
  };
}

export function open<S extends Shape>(shape: S): Check<Of<S> & JsonObject> {
  return (value) => {
    const object = asObject(value);
    members(object, shape);
    return object as Of<S> & JsonObject;
  };
}

export const any: Check<Json> = (value) => value;

export function just<const T extends string | number>(wanted: T): Check<T> {
  return (value) => (value === wanted ? wanted : refuse('malformed', `not ${wanted}`));
}

export function one<const T extends readonly (string | number)[]>(...allowed: T): Check<T[number]> {
  return (value) => (allowed.includes(value as T[number]) ? (value as T[number]) : refuse('malformed', 'not allowed'));
}

export const text: Check<string> = (value) => (typeof value === 'string' ? value : refuse('malformed', 'not a string'));

export function pattern(expression: RegExp): Check<string> {
  return (value) => (typeof value === 'string' && expression.test(value) ? value : refuse('malformed', 'bad string'));
}

export const bool: Check<boolean> = (value) => (typeof value === 'boolean' ? value : refuse('malformed', 'not a bool'));

export function integer(least = 0, most = Number.MAX_SAFE_INTEGER): Check<number> {
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
      ? value
      : refuse('malformed', 'integer out of range');
}

export const time = integer(0);
export const version = integer(1, 0xffffffff);

export function bytes(length: number): Check<string> {
  return (value) => {
    if (typeof value !== 'string') return refuse('malformed', 'not b64u');
    unb64u(value, length);
    return value;
  };
}

export const id = bytes(16);
export const hash = bytes(32);

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value) => (value === null ? null : check(value));
}

export function either<A, B>(a: Check<A>, b: Check<B>): Check<A | B> {
  return (value) => {
    try {
      return a(value);
    } catch {
      return b(value);
    }
  };
}

export function list<T>(check: Check<T>, least = 0, most = Number.POSITIVE_INFINITY): Check<T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) return refuse('malformed', 'bad list');
    for (const item of value) check(item);
    return value as T[];
  };
}

export function record<T>(name: Check<string>, check: Check<T>): Check<{ [name: string]: T }> {
  return (value) => {
    const object = asObject(value);
    for (const [key, member] of Object.entries(object)) {
      name(key);
      check(member);
    }
    return object as { [name: string]: T };
  };
}
