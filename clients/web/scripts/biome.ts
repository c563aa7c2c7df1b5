// Runs biome from its platform package. The package `@biomejs/biome` that would pick it lists platforms that cannot be
// locked everywhere; the lint is needed where the project is developed and tested, the client is built without it.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const binary = createRequire(import.meta.url).resolve(`@biomejs/cli-${process.platform}-${process.arch}/biome`);
const { status } = spawnSync(binary, process.argv.slice(2), { stdio: 'inherit' });
process.exit(status ?? 1);
