/** The page's side of the photo worker: the page keeps answering while twelve million pixels are turned over. */
import { workerUrl } from '../ui/trusted.ts';
import type { Made, Seen, Wish } from './photo.ts';
import source from './photo.worker.ts?worker&url';

type Answer = { readonly id: number; readonly done?: Seen | Made; readonly failed?: string };
type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void };

let worker: Worker | null = null;
let next = 0;
const waiting = new Map<number, Waiting>();

function fail(message: string): void {
  for (const { reject } of waiting.values()) reject(new Error(message));
  waiting.clear();
}

function running(): Worker {
  if (worker !== null) return worker;
  worker = new Worker(workerUrl(source), { type: 'module' });
  worker.addEventListener('message', (event: MessageEvent<Answer>) => {
    const { id, done, failed } = event.data;
    const one = waiting.get(id);
    waiting.delete(id);
    if (done !== undefined) one?.resolve(done as never);
    else one?.reject(new Error(failed ?? 'failed'));
  });
  worker.addEventListener('error', () => {
    close();
    fail('worker');
  });
  return worker;
}

/** Before a photo is there: a worker takes a moment to start. */
export function warm(): void {
  if (inWorkers) running();
}

const inWorkers = typeof OffscreenCanvas !== 'undefined';

/** Photos have no name of their own; the worker keeps the one that it has just decoded. */
const keys = new WeakMap<Blob, number>();

function keyOf(picture: Blob | ImageBitmap): number | null {
  if (!(picture instanceof Blob)) return null;
  const key = keys.get(picture) ?? next++;
  keys.set(picture, key);
  return key;
}

function ask<T>(picture: Blob | ImageBitmap, wish: Wish | null): Promise<T> {
  return new Promise((resolve, reject) => {
    const id = next++;
    waiting.set(id, { resolve, reject });
    const transfer = picture instanceof Blob ? [] : [picture];
    running().postMessage({ id, source: picture, wish, key: keyOf(picture) }, transfer);
  });
}

/** Where the sheet lies. An ImageBitmap is used up. */
export async function look(picture: Blob | ImageBitmap): Promise<Seen> {
  return inWorkers ? ask(picture, null) : (await import('./photo.ts')).look(picture, keyOf(picture));
}

export async function make(picture: Blob | ImageBitmap, wish: Wish): Promise<Made> {
  return inWorkers ? ask(picture, wish) : (await import('./photo.ts')).make(picture, wish, keyOf(picture));
}

/** Frees the pictures that the worker still holds. */
export function close(): void {
  worker?.terminate();
  worker = null;
  fail('closed');
}
