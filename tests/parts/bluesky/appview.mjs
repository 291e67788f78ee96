// The directory of identities (PLC), the AppView and the sync service between AppViews, in one process.
// Reads one line of JSON: {database, pdsPort}. Says one line of JSON when all of it answers: {plc, appview, appviewDid}.
import { createInterface } from 'node:readline';
import { TestBsky, TestBsync, TestPlc, mockResolvers } from '@atproto/dev-env';

let started = false;
const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(0));
lines.on('line', async (line) => {
  if (started) return;
  started = true;
  const { database, pdsPort } = JSON.parse(line);
  const pdsUrl = `http://localhost:${pdsPort}`;
  const plc = await TestPlc.create({});
  const bsync = await TestBsync.create({ apiKeys: ['bsync-api-key'], dbUrl: database, dbSchema: 'bsync' });
  const bsky = await TestBsky.create({
    plcUrl: plc.url,
    pdsPort,
    repoProvider: `ws://localhost:${pdsPort}`,
    bsyncApiKey: 'bsync-api-key',
    bsyncUrl: bsync.url,
    dbPostgresSchema: 'appview',
    dbPostgresUrl: database,
  });
  const pds = {
    url: pdsUrl,
    port: pdsPort,
    ctx: { cfg: { service: { publicUrl: pdsUrl }, identity: { serviceHandleDomains: ['.test'] } } },
  };
  mockResolvers(bsky.ctx.idResolver, pds);
  mockResolvers(bsky.dataplane.idResolver, pds);
  console.log(JSON.stringify({ plc: plc.url, appview: bsky.url, appviewDid: bsky.serverDid }));
});
