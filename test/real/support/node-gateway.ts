import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterNode } from './node.ts';

/** Our endpoint inside a node: webhook, control plane and release API. */
export interface NodeGateway {
  readonly gateway: ChildProcess;
  readonly url: string;
  readonly stateDir: string;
  /** What callers of the release API show. */
  readonly token: string;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** A webhook configuration is active 15 to 90 ms after its creation on this machine; ten times that is waited. */
const SETTLE_MS = 1_000;

/** Starts it and registers its webhook; under Fail, so that no fault of ours is hidden. */
export async function startGateway(node: ClusterNode): Promise<NodeGateway> {
  const stateDir = stateDirOf(node);
  const [jwks, tokenFile] = [join(node.dir, 'jwks.json'), join(node.dir, 'release-token')];
  const token = randomBytes(24).toString('base64url');
  const raw = async (path: string): Promise<string> => (await node.run('kubectl', ['get', '--raw', path])).stdout;
  await writeFile(jwks, await raw('/openid/v1/jwks'));
  await writeFile(tokenFile, token, { mode: 0o600 });
  await mkdir(join(stateDir, 'clusters'), { recursive: true });
  await writeRecord(node);
  const { issuer } = JSON.parse(await raw('/.well-known/openid-configuration'));
  const start = [join(ROOT, 'infra/local/server/start.ts'), '--https', '--address', '0.0.0.0', '--port', '0'];
  const more = ['--state-dir', stateDir, '--token-file', tokenFile, '--issuer', issuer, '--jwks', jwks];
  const gateway = node.start(process.execPath, [...start, ...more]);
  await new Promise<void>((resolve, reject) => {
    gateway.stdout?.on('data', (text: Buffer) => text.includes('registration:') && resolve());
    gateway.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)));
  });
  // A busy machine is slow, and a Pod that is refused for it shows nothing.
  const how = ['--failure-policy', 'Fail', '--timeout-seconds', '30'];
  const webhook = [join(ROOT, 'infra/cli/bin.mjs'), 'webhook', '--state-dir', stateDir, ...how];
  await node.run('kubectl', ['apply', '-f', '-'], (await node.run(process.execPath, webhook)).stdout);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const { url }: { url: string } = JSON.parse(await readFile(join(stateDir, 'local.json'), 'utf8'));
  return { gateway, url, stateDir, token };
}

/**
 * Writes the cluster record: Pods ask for templates by name, and the endpoint for the polls is the gateway's own. It is
 * read anew a moment later.
 */
export async function writeRecord(node: ClusterNode, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await writeFile(join(stateDirOf(node), 'clusters', 'local.yaml'), JSON.stringify({ defaultTemplates: [], ...more }));
}

function stateDirOf(node: ClusterNode): string {
  return join(node.dir, 'outrigger');
}
