/** 111111, 123456, 654321, 121212, 123123: what a thief tries first, and he has five tries. */
export function weak(pin: string): boolean {
  const digits = [...pin].map(Number);
  const steps = new Set(digits.slice(1).map((digit, at) => (10 + digit - (digits[at] as number)) % 10));
  const [only] = steps;
  if (steps.size === 1 && (only === 0 || only === 1 || only === 9)) return true;
  return [2, 3].some((size) => pin.slice(0, size).repeat(pin.length / size) === pin);
}
