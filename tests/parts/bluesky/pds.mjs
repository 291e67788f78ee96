// The personal data server. Reads one line of JSON, the options of PDS.fromEnv; says one line of JSON when it answers.
// What it keeps lies in `dataDirectory` and outlives a kill.
import { createInterface } from 'node:readline';
import { PDS } from '@atproto/pds';

let started = false;
let server;
const lines = createInterface({ input: process.stdin });
lines.on('close', async () => {
  await server?.destroy();
  process.exit(0);
});
lines.on('line', async (line) => {
  if (started) return;
  started = true;
  server = await PDS.fromEnv(JSON.parse(line));
  await server.start();
  console.log(JSON.stringify({ pds: server.ctx.cfg.service.publicUrl }));
});
