/** Puts a file into somebody's wallet: seal, announce, upload, complete. Nothing of it can be read back. */
import { ask, body, MAX_PROBLEM, Problem, send } from '../api/http.ts';
import { MAX_SIZE, Sealer } from '../formats/attachment.ts';
import {
  checkDepositKey,
  type DepositLocator,
  locateDeposit,
  type Manifest,
  sealManifest,
} from '../formats/deposit.ts';
import { type Bytes, newId, random, unb64u } from '../formats/encoding.ts';
import { integer, open, text, time } from '../formats/shape.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import { withoutHiddenData } from './picture.ts';

const peekAnswer = open({ key: text, until: time, files_left: integer(), bytes_left: integer() });
const itemAnswer = open({ offset: integer() });
const doneAnswer = open({ event: text, promise: text });

/** Memory: pictures are cleaned as a whole. */
const MAX_PICTURE = 64 * 1024 * 1024;
const TRIES = 4;

export type Room = { readonly until: number; readonly files: number; readonly bytes: number };

export class Depositor {
  private readonly locator: DepositLocator;
  private key: Bytes | null = null;

  private constructor(locator: DepositLocator) {
    this.locator = locator;
  }

  static async from(fragment: string): Promise<Depositor> {
    return new Depositor(await locateDeposit(unb64u(fragment, 32)));
  }

  private path(rest: string): string {
    return `/v1/deposits/${this.locator.code}/${rest}`;
  }

  /** Refuses any key but the one that the code names. */
  async peek(): Promise<Room> {
    const answer = await ask(this.path('peek'), peekAnswer, { body: { auth: this.locator.auth } });
    const key = unb64u(answer.key);
    await checkDepositKey(this.locator, key);
    this.key = key;
    return { until: answer.until, files: answer.files_left, bytes: answer.bytes_left };
  }

  async put(file: File, note: string, progress: (share: number) => void): Promise<void> {
    const key = this.key;
    if (key === null || file.size > MAX_SIZE) throw new Problem(413, 'too-large');
    const media = file.type || 'application/octet-stream';
    const cleaned =
      file.size <= MAX_PICTURE ? withoutHiddenData(new Uint8Array(await file.arrayBuffer()), media) : null;
    const source: Blob = cleaned === null ? file : new Blob([cleaned]);
    // The same id and key both times: the second pass gives the same bytes.
    const fixed = { id: newId(), key: random(32) };
    const read = async (from: number, to: number) => new Uint8Array(await source.slice(from, to).arrayBuffer());
    const first = new Sealer(source.size, read, fixed);
    for await (const _ of first.sealed()) progress(0);
    const attachment = await first.describe(file.name, media);
    const item = newId();
    const manifest: Manifest = {
      v: 1,
      kind: 'paper',
      name: file.name,
      media,
      attachment,
      sender: { type: 'anonymous' },
      ...(note.trim() === '' ? {} : { note: note.trim() }),
    };
    const box = await sealManifest(key, this.locator.code, item, manifest as unknown as JsonObject);
    const { auth } = this.locator;
    const announced = { auth, item, manifest: box, size: first.stored };
    await ask(this.path('items'), itemAnswer, { body: announced });
    let offset = 0;
    const second = new Sealer(source.size, read, fixed);
    for await (const chunk of second.sealed()) {
      await this.upload(item, offset, chunk);
      offset += chunk.length;
      progress(offset / first.stored);
    }
    if ((await second.describe(file.name, media)).hash !== attachment.hash) throw new Problem(0, 'file-changed');
    await ask(this.path(`items/${item}/complete`), doneAnswer, { body: { auth } });
  }

  /** A chunk whose answer was lost may have arrived: the server says how far it is. */
  private async upload(item: string, start: number, chunk: Bytes): Promise<void> {
    let done = 0;
    for (let attempt = 1; done < chunk.length; attempt++) {
      try {
        const response = await send(this.path(`items/${item}`), {
          method: 'PATCH',
          raw: chunk.slice(done),
          headers: { 'deposit-auth': this.locator.auth, 'upload-offset': String(start + done) },
        });
        await body(response, MAX_PROBLEM);
        done = chunk.length;
      } catch (error) {
        if (!(error instanceof Problem) || attempt === TRIES) throw error;
        const there = error.code === 'offset-mismatch' ? error.number('offset') : undefined;
        if (there !== undefined && there >= start && there <= start + chunk.length) done = there - start;
        else if (error.status !== 0 && error.status < 500) throw error;
        else await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
      }
    }
  }
}
