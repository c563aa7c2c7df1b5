/**
 * Where the sheet lies in a small picture. Two looks at it: what the frame's border reaches without crossing an edge is
 * table, and what has another colour than the border is sheet. The larger, squarer answer wins; none is an answer, too.
 */

export type Point = { readonly x: number; readonly y: number };
/** Top left, then clockwise; 0 … 1 of width and height. */
export type Quad = readonly [Point, Point, Point, Point];
export type Small = { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };

/** Pixels of the longest side: five looks a second on a slow phone, and corners still good to half a percent. */
export const LOOK = 240;
/** Shares of the picture: smaller is something on the table, larger is the picture itself. */
const LEAST_AREA = 0.12;
const MOST_AREA = 0.96;
/** The share of the quadrilateral that the found shape must fill: less is a hand, a shadow, a pattern. */
const LEAST_FILL = 0.86;
const LEAST_SINE = 0.6;

export function findSheet(picture: Small): Quad | null {
  const { width, height } = picture;
  const planes = blurred(picture);
  let best: Quad | null = null;
  let bestScore = 0;
  for (const mask of [insideEdges(planes, width, height), otherThanBorder(planes, width, height)]) {
    const found = quadOf(mask, width, height);
    if (found !== null && found.score > bestScore) {
      best = found.quad;
      bestScore = found.score;
    }
  }
  return best;
}

type Planes = readonly [Float32Array, Float32Array, Float32Array];

/** 3 × 3 mean: noise of a cheap sensor would make edges everywhere. */
function blurred({ width, height, data }: Small): Planes {
  const planes = [0, 1, 2].map((channel) => {
    const raw = new Float32Array(width * height);
    for (let i = 0; i < raw.length; i++) raw[i] = data[i * 4 + channel] as number;
    return mean3(mean3(raw, width, height, 1), width, height, width);
  });
  return planes as unknown as Planes;
}

function mean3(from: Float32Array, width: number, height: number, step: number): Float32Array {
  const to = Float32Array.from(from);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const outer = step === 1 ? x === 0 || x === width - 1 : y === 0 || y === height - 1;
      if (outer) continue;
      const i = y * width + x;
      to[i] = ((from[i - step] as number) + (from[i] as number) + (from[i + step] as number)) / 3;
    }
  }
  return to;
}

/** Otsu: the threshold between two heaps of a histogram of 256 bins. */
function threshold(histogram: Uint32Array, total: number): number {
  let sum = 0;
  for (let i = 0; i < 256; i++) sum += i * (histogram[i] as number);
  let [below, sumBelow, best, at] = [0, 0, -1, 0];
  for (let i = 0; i < 256; i++) {
    below += histogram[i] as number;
    if (below === 0 || below === total) continue;
    sumBelow += i * (histogram[i] as number);
    const gap = sumBelow / below - (sum - sumBelow) / (total - below);
    const between = below * (total - below) * gap * gap;
    if (between > best) [best, at] = [between, i];
  }
  return at;
}

function insideEdges(planes: Planes, width: number, height: number): Uint8Array {
  const size = width * height;
  const strength = new Uint8Array(size);
  const histogram = new Uint32Array(256);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      let most = 0;
      for (const plane of planes) {
        const across = Math.abs((plane[i + 1] as number) - (plane[i - 1] as number));
        const down = Math.abs((plane[i + width] as number) - (plane[i - width] as number));
        most = Math.max(most, across, down, (across + down) * 0.75);
      }
      strength[i] = Math.min(255, most);
      histogram[strength[i] as number] = (histogram[strength[i] as number] as number) + 1;
    }
  }
  // Between the sensor's noise and the weakest edge of a sheet on a light table.
  const wall = Math.min(40, Math.max(9, threshold(histogram, (width - 2) * (height - 2)) * 0.6));
  const walls = new Uint8Array(size);
  for (let i = 0; i < size; i++) if ((strength[i] as number) >= wall) walls[i] = 1;
  const closed = grown(grown(walls, width, height), width, height);
  const reached = new Uint8Array(size);
  const stack: number[] = [];
  const visit = (i: number) => {
    if (reached[i] === 0 && closed[i] === 0) {
      reached[i] = 1;
      stack.push(i);
    }
  };
  for (let x = 0; x < width; x++) {
    visit(x);
    visit(size - width + x);
  }
  for (let y = 0; y < height; y++) {
    visit(y * width);
    visit(y * width + width - 1);
  }
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const x = i % width;
    if (x > 0) visit(i - 1);
    if (x < width - 1) visit(i + 1);
    if (i >= width) visit(i - width);
    if (i < size - width) visit(i + width);
  }
  const inside = new Uint8Array(size);
  for (let i = 0; i < size; i++) inside[i] = reached[i] === 0 ? 1 : 0;
  // The walls were made two pixels thicker and the mean spreads an edge by one.
  return shrunk(shrunk(inside, width, height), width, height);
}

function otherThanBorder(planes: Planes, width: number, height: number): Uint8Array {
  const border: number[] = [];
  for (let x = 0; x < width; x++) border.push(x, (height - 1) * width + x);
  for (let y = 0; y < height; y++) border.push(y * width, y * width + width - 1);
  const typical = planes.map((plane) => {
    const values = border.map((i) => plane[i] as number).sort((a, b) => a - b);
    return values[values.length >> 1] as number;
  });
  const size = width * height;
  const distance = new Uint8Array(size);
  const histogram = new Uint32Array(256);
  for (let i = 0; i < size; i++) {
    let most = 0;
    for (let c = 0; c < 3; c++)
      most = Math.max(most, Math.abs(((planes[c] as Float32Array)[i] as number) - (typical[c] as number)));
    distance[i] = most;
    histogram[most | 0] = (histogram[most | 0] as number) + 1;
  }
  const least = Math.max(14, threshold(histogram, size));
  const mask = new Uint8Array(size);
  for (let i = 0; i < size; i++) mask[i] = (distance[i] as number) > least ? 1 : 0;
  return mask;
}

function neighbours(mask: Uint8Array, width: number, height: number, grow: boolean): Uint8Array {
  const out = Uint8Array.from(mask);
  const want = grow ? 1 : 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (mask[i] === want) continue;
      const touches =
        (x > 0 && mask[i - 1] === want) ||
        (x < width - 1 && mask[i + 1] === want) ||
        (y > 0 && mask[i - width] === want) ||
        (y < height - 1 && mask[i + width] === want);
      if (touches) out[i] = want;
    }
  }
  return out;
}
const grown = (mask: Uint8Array, width: number, height: number) => neighbours(mask, width, height, true);
const shrunk = (mask: Uint8Array, width: number, height: number) => neighbours(mask, width, height, false);

/** Pixels of the largest connected piece, and the leftmost and rightmost of each row: its outline. */
function largestPiece(mask: Uint8Array, width: number, height: number): { area: number; rim: Point[] } {
  const seen = new Uint8Array(mask.length);
  let best: number[] = [];
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || seen[start] === 1) continue;
    const piece = [start];
    seen[start] = 1;
    for (let at = 0; at < piece.length; at++) {
      const i = piece[at] as number;
      const x = i % width;
      const next = [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width];
      for (const n of next) {
        if (n >= 0 && n < mask.length && mask[n] === 1 && seen[n] === 0) {
          seen[n] = 1;
          piece.push(n);
        }
      }
    }
    if (piece.length > best.length) best = piece;
  }
  const left = new Int32Array(height).fill(width);
  const right = new Int32Array(height).fill(-1);
  for (const i of best) {
    const [x, y] = [i % width, (i / width) | 0];
    if (x < (left[y] as number)) left[y] = x;
    if (x > (right[y] as number)) right[y] = x;
  }
  const rim: Point[] = [];
  let area = 0;
  for (let y = 0; y < height; y++) {
    if ((right[y] as number) < 0) continue;
    // What lies between is sheet as well: letters and stamps are holes in it.
    area += (right[y] as number) - (left[y] as number) + 1;
    rim.push({ x: left[y] as number, y }, { x: (right[y] as number) + 1, y });
    rim.push({ x: left[y] as number, y: y + 1 }, { x: (right[y] as number) + 1, y: y + 1 });
  }
  return { area, rim };
}

const cross = (o: Point, a: Point, b: Point) => (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);

function hullOf(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const half = (order: readonly Point[]) => {
    const out: Point[] = [];
    for (const point of order) {
      while (out.length > 1 && cross(out[out.length - 2] as Point, out[out.length - 1] as Point, point) <= 0) out.pop();
      out.push(point);
    }
    out.pop();
    return out;
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

/** A hull has many nearly straight corners; those that matter least go first. */
const HULL_CORNERS = 40;

function thinned(hull: Point[]): Point[] {
  const out = [...hull];
  while (out.length > HULL_CORNERS) {
    let [least, at] = [Number.POSITIVE_INFINITY, 0];
    for (let i = 0; i < out.length; i++) {
      const size = Math.abs(
        cross(out[(i + out.length - 1) % out.length] as Point, out[i] as Point, out[(i + 1) % out.length] as Point),
      );
      if (size < least) [least, at] = [size, i];
    }
    out.splice(at, 1);
  }
  return out;
}

/** The four corners of the hull that span the largest area. */
function corners(hull: readonly Point[]): [Point, Point, Point, Point] | null {
  const n = hull.length;
  let [best, found]: [number, [Point, Point, Point, Point] | null] = [0, null];
  for (let i = 0; i < n; i++) {
    for (let j = i + 2; j < n; j++) {
      const [a, c] = [hull[i] as Point, hull[j] as Point];
      let [one, b, other, d]: [number, Point | null, number, Point | null] = [0, null, 0, null];
      for (let k = 0; k < n; k++) {
        const size = Math.abs(cross(a, c, hull[k] as Point));
        if (k > i && k < j) {
          if (size > one) [one, b] = [size, hull[k] as Point];
        } else if (size > other) [other, d] = [size, hull[k] as Point];
      }
      if (b !== null && d !== null && one + other > best) {
        best = one + other;
        found = [a, b, c, d];
      }
    }
  }
  return found;
}

export function area(quad: readonly Point[]): number {
  let sum = 0;
  for (let i = 0; i < quad.length; i++) {
    const [a, b] = [quad[i] as Point, quad[(i + 1) % quad.length] as Point];
    sum += a.x * b.y - b.x * a.y;
  }
  return Math.abs(sum) / 2;
}

type Line = { readonly x: number; readonly y: number; readonly dx: number; readonly dy: number };

/** The line through the rim beside a side: cards have round corners, sheets have dog-ears. */
function sideLine(rim: readonly Point[], a: Point, b: Point, reach: number): Line | null {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = Math.hypot(dx, dy);
  let [n, sx, sy, sxx, sxy, syy] = [0, 0, 0, 0, 0, 0];
  for (const { x, y } of rim) {
    const along = ((x - a.x) * dx + (y - a.y) * dy) / (length * length);
    if (along < 0.12 || along > 0.88) continue;
    if (Math.abs((x - a.x) * dy - (y - a.y) * dx) / length > reach) continue;
    [n, sx, sy, sxx, sxy, syy] = [n + 1, sx + x, sy + y, sxx + x * x, sxy + x * y, syy + y * y];
  }
  if (n < 6) return null;
  const [mx, my] = [sx / n, sy / n];
  const angle = 0.5 * Math.atan2(2 * (sxy / n - mx * my), sxx / n - mx * mx - (syy / n - my * my));
  return { x: mx, y: my, dx: Math.cos(angle), dy: Math.sin(angle) };
}

function meeting(a: Line, b: Line): Point | null {
  const turn = a.dx * b.dy - a.dy * b.dx;
  if (Math.abs(turn) < 0.2) return null;
  const t = ((b.x - a.x) * b.dy - (b.y - a.y) * b.dx) / turn;
  return { x: a.x + t * a.dx, y: a.y + t * a.dy };
}

function refined(quad: readonly Point[], rim: readonly Point[], reach: number): Point[] {
  const lines = quad.map((point, i) => sideLine(rim, point, quad[(i + 1) % 4] as Point, reach));
  return quad.map((point, i) => {
    const [before, after] = [lines[(i + 3) % 4], lines[i]];
    const met = before && after ? meeting(before, after) : null;
    return met !== null && Math.hypot(met.x - point.x, met.y - point.y) < reach * 4 ? met : point;
  });
}

/** Top left first, then clockwise as seen. */
export function ordered(points: readonly Point[]): Quad {
  const cx = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const cy = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const around = [...points].sort((a, b) => Math.atan2(a.y - cy, a.x - cx) - Math.atan2(b.y - cy, b.x - cx));
  let first = 0;
  around.forEach((point, i) => {
    if (point.x + point.y < (around[first] as Point).x + (around[first] as Point).y) first = i;
  });
  return [0, 1, 2, 3].map((i) => around[(first + i) % 4]) as unknown as Quad;
}

/** Convex, and no corner so flat or sharp that the paper would have to be seen from below. */
export function plausible(quad: readonly Point[]): boolean {
  let sign = 0;
  for (let i = 0; i < 4; i++) {
    const [a, b, c] = [quad[i] as Point, quad[(i + 1) % 4] as Point, quad[(i + 2) % 4] as Point];
    const turn = cross(a, b, c) / (Math.hypot(b.x - a.x, b.y - a.y) * Math.hypot(c.x - b.x, c.y - b.y) || 1);
    if (Math.abs(turn) < LEAST_SINE) return false;
    if (sign !== 0 && Math.sign(turn) !== sign) return false;
    sign = Math.sign(turn);
  }
  return true;
}

/** A side along the frame: the sheet runs out of the picture, or the light is uneven. */
function cutOff(quad: readonly Point[], width: number, height: number): boolean {
  const near = (a: number, b: number, edge: number, size: number) =>
    Math.abs(a - edge) < size * 0.015 && Math.abs(b - edge) < size * 0.015;
  return quad.some((a, i) => {
    const b = quad[(i + 1) % 4] as Point;
    return (
      near(a.x, b.x, 0, width) ||
      near(a.x, b.x, width, width) ||
      near(a.y, b.y, 0, height) ||
      near(a.y, b.y, height, height)
    );
  });
}

function quadOf(mask: Uint8Array, width: number, height: number): { quad: Quad; score: number } | null {
  const { area: filled, rim } = largestPiece(mask, width, height);
  const whole = width * height;
  if (filled < LEAST_AREA * whole || filled > MOST_AREA * whole) return null;
  const rough = corners(thinned(hullOf(rim)));
  if (rough === null) return null;
  const quad = refined(rough, rim, Math.max(width, height) * 0.025);
  const size = area(quad);
  const fill = Math.min(filled, size) / Math.max(filled, size);
  if (!plausible(quad) || fill < LEAST_FILL || size > MOST_AREA * whole) return null;
  if (cutOff(quad, width, height)) return null;
  const inside = (v: number) => Math.min(1, Math.max(0, v));
  const points = quad.map(({ x, y }) => ({ x: inside(x / width), y: inside(y / height) }));
  return { quad: ordered(points), score: fill * fill * Math.sqrt(size / whole) };
}
