/** The largest public log that this device has verified. */
import type { Vault } from '../../store/vault.ts';

export async function pinnedTree(vault: Vault): Promise<{ size: number; root: string } | null> {
  const { Pins } = await import('../../audit/pins.ts');
  const pin = await new Pins(vault.shelf).newest('tree', vault.server.origin);
  return pin === null ? null : { size: pin.number, root: pin.hash };
}
