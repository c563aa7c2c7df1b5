/** Which app this is: the name of the file that began it carries the hash of everything in it. */
export function appVersion(): string {
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
  return script === null ? '?' : (script.src.split('/').at(-1) ?? '?');
}
