// client.ts COMMAND OPTIONS: one thing that an application does, run in a Pod; OPTIONS and the result (its last line) are
// JSON. It knows nothing of any mesh.
import { command } from './options.ts';
import { api, connections, load, raw } from './requests.ts';
import { download, grpc, h2, websocket } from './streams.ts';

const commands: Readonly<Record<string, () => Promise<object>>> = {
  load,
  raw,
  connections,
  h2,
  grpc,
  websocket,
  download,
  api,
};
process.stdout.write(`${JSON.stringify(await commands[command]?.())}\n`);
process.exit(0);
