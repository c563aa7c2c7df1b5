/** Names, so that the rest of the package is left out of the bundle. */
export { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
