import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A port of loopback on which a connection is neither taken nor refused: a caller waits for its own timeout. */
export interface FullBacklog {
  readonly port: number;
  stop(): Promise<void>;
}

/** Node accepts every connection by itself, so Python listens: with the shortest queue, which it fills and never empties. */
const SCRIPT = `
import socket, sys, time
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(0)
port = server.getsockname()[1]
queue = []
for _ in range(4):
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", port))
    queue.append(client)
time.sleep(0.2)
print(port, flush=True)
sys.stdin.read()
`;

/** Starts one. */
export async function startFullBacklog(): Promise<FullBacklog> {
  const child = spawn('python3', ['-c', SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [printed] = await once(child.stdout, 'data');
  return {
    port: Number(String(printed)),
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
