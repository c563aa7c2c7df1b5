/** Everything that the other formats build on (conventions.md). */
export * from './box.ts';
export * from './derive.ts';
export * from './encoding.ts';
export * from './errors.ts';
export * from './jwe.ts';
export * from './jws.ts';
export * from './keys.ts';
export * from './padding.ts';
export * from './seal_keys.ts';
export * from './strict_json.ts';
