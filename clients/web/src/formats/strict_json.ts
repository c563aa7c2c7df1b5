/**
 * Strict JSON (conventions.md, "JSON"). `JSON.parse` keeps the last of two members with the same name, rounds
 * numbers and takes any depth, so two readers could see two different texts under one signature.
 */
import { type Bytes, fromUtf8, utf8 } from './encoding.ts';
import { refuse } from './errors.ts';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/** DoS: each level costs a stack frame. */
export const MAX_DEPTH = 16;

/** With the u flag a pair is one character, so this finds only halves. */
const LONE = /\p{Surrogate}/u;
const NUMBER = /-?(?:0|[1-9][0-9]*)/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON demands that these are escaped
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

export function parseJson(input: Uint8Array | string, limit: number): Json {
  if (input.length > limit) refuse('too-large');
  const bytes = typeof input === 'string' ? utf8(input) : input;
  if (bytes.length > limit) refuse('too-large');
  const text = typeof input === 'string' ? input : fromUtf8(input);
  if (LONE.test(text)) refuse('malformed', 'lone surrogate');
  const scanner = new Scanner(text);
  return scanner.document();
}

export function parseObject(input: Uint8Array | string, limit: number): JsonObject {
  const value = parseJson(input, limit);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) refuse('malformed', 'not an object');
  return value as JsonObject;
}

class Scanner {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  document(): Json {
    this.space();
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) refuse('malformed', 'something after the value');
    return value;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private value(depth: number): Json {
    const char = this.text[this.at];
    if (char === '{') return this.object(depth + 1);
    if (char === '[') return this.array(depth + 1);
    if (char === '"') return this.string();
    if (char === 't') return this.word('true', true);
    if (char === 'f') return this.word('false', false);
    if (char === 'n') return this.word('null', null);
    return this.number();
  }

  private word(word: string, value: Json): Json {
    if (!this.text.startsWith(word, this.at)) refuse('malformed', 'not JSON');
    this.at += word.length;
    return value;
  }

  private number(): number {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text)?.[0];
    if (found === undefined) return refuse('malformed', 'not JSON');
    this.at += found.length;
    const next = this.text[this.at];
    if (next === '.' || next === 'e' || next === 'E') refuse('malformed', 'not an integer');
    const value = Number(found);
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) refuse('malformed', 'integer out of range');
    return value;
  }

  private string(): string {
    let out = '';
    this.at++;
    for (;;) {
      PLAIN.lastIndex = this.at;
      out += PLAIN.exec(this.text)?.[0] ?? '';
      this.at = PLAIN.lastIndex;
      const char = this.text[this.at++];
      if (char === '"') break;
      if (char !== '\\') refuse('malformed', 'string not closed');
      const mark = this.text[this.at++] ?? '';
      if (mark === 'u') {
        const hex = this.text.slice(this.at, this.at + 4);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) refuse('malformed', 'bad escape');
        out += String.fromCharCode(Number.parseInt(hex, 16));
        this.at += 4;
      } else {
        const plain = Object.hasOwn(ESCAPES, mark) ? ESCAPES[mark] : undefined;
        if (plain === undefined) refuse('malformed', 'bad escape');
        out += plain;
      }
    }
    if (LONE.test(out)) refuse('malformed', 'lone surrogate');
    return out;
  }

  private array(depth: number): Json[] {
    if (depth > MAX_DEPTH) refuse('malformed', 'nested too deep');
    const out: Json[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === ']') {
      this.at++;
      return out;
    }
    for (;;) {
      this.space();
      out.push(this.value(depth));
      this.space();
      const char = this.text[this.at++];
      if (char === ']') return out;
      if (char !== ',') refuse('malformed', 'not JSON');
    }
  }

  private object(depth: number): JsonObject {
    if (depth > MAX_DEPTH) refuse('malformed', 'nested too deep');
    const out: JsonObject = {};
    this.at++;
    this.space();
    if (this.text[this.at] === '}') {
      this.at++;
      return out;
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') refuse('malformed', 'not JSON');
      const name = this.string();
      if (Object.hasOwn(out, name)) refuse('malformed', 'member twice');
      this.space();
      if (this.text[this.at++] !== ':') refuse('malformed', 'not JSON');
      this.space();
      // `__proto__` must become a member like any other.
      const value = this.value(depth);
      Object.defineProperty(out, name, { value, enumerable: true, writable: true, configurable: true });
      this.space();
      const char = this.text[this.at++];
      if (char === '}') return out;
      if (char !== ',') refuse('malformed', 'not JSON');
    }
  }
}

/** Text as writers emit it: no white space, members in the order given, nothing escaped that need not be. */
export function writeJson(value: Json): string {
  check(value, 0);
  return JSON.stringify(value);
}

export function jsonBytes(value: Json): Bytes {
  return utf8(writeJson(value));
}

function check(value: Json, depth: number): void {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) refuse('malformed', 'not an integer');
  } else if (typeof value === 'string') {
    if (LONE.test(value)) refuse('malformed', 'lone surrogate');
  } else if (value !== null && typeof value === 'object') {
    if (depth >= MAX_DEPTH) refuse('malformed', 'nested too deep');
    for (const [name, member] of Object.entries(value)) {
      if (LONE.test(name)) refuse('malformed', 'lone surrogate');
      check(member, depth + 1);
    }
  }
}
