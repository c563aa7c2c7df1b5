/** Found by tests/browser/app/test_core.py as `mappe`: unlock and store in a real browser, without a screen. */
import { exportWallet, importWallet } from '../../src/store/export.ts';
import { download, upload } from '../../src/store/files.ts';
import { IdbShelf } from '../../src/store/idb.ts';
import { MemoryShelf } from '../../src/store/memory.ts';
import { beginJoin, readJoin } from '../../src/unlock/join.ts';
import { listWallets } from '../../src/unlock/profile.ts';
import { Wallet } from '../../src/unlock/wallet.ts';
import { shelfContract } from '../store/contract.ts';

let shelves = 0;

Object.assign(globalThis, {
  mappe: {
    Wallet,
    IdbShelf,
    MemoryShelf,
    listWallets,
    beginJoin,
    readJoin,
    upload,
    download,
    exportWallet,
    importWallet,
  },
  shelfContract: () => shelfContract(async () => new IdbShelf(`contract-${++shelves}`)),
});
