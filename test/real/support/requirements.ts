import { existsSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { dynamoDbLocalFolder } from './dynamodb-local.ts';
import { runtimeClientFolder } from './runtime-client.ts';
import { CLUSTER_DIR, run } from './scripts.ts';

/**
 * Why a real part cannot run on this machine; undefined when it can. In CI (`CI` is set) nothing is ever excused: the
 * suite runs, and fails if it cannot.
 */
export async function excuse(whyNot: () => Promise<string | undefined>): Promise<string | undefined> {
  return (process.env['CI'] ?? '') === '' ? await whyNot() : undefined;
}

/** Whether kube-apiserver, etcd and kubectl are at hand: in KUBEBUILDER_ASSETS, or built before. */
export async function isApiServerBuilt(): Promise<boolean> {
  const check = run('bash', [join(CLUSTER_DIR, 'build.sh'), '--check', 'api']);
  return await check.then(
    () => true,
    () => false,
  );
}

/** What kube-apiserver needs: to be there, or the tools that build it. */
export async function whyNotApiServer(): Promise<string | undefined> {
  if (platform() !== 'linux') return 'kube-apiserver is built for Linux only';
  if (await isApiServerBuilt()) return await whyNotCommand('openssl');
  const missing = await Promise.all([...['openssl', 'npm', 'unzip'].map(whyNotCommand), whyNotGo()]);
  return missing.find((why) => why !== undefined);
}

/** What a node needs besides: root, for namespaces and containers. */
export async function whyNotNode(): Promise<string | undefined> {
  if (platform() !== 'linux') return 'a node needs Linux';
  if (process.getuid?.() !== 0) return 'a node needs root';
  return (await whyNotApiServer()) ?? (await whyNotCommand('apt-get'));
}

/** What moto needs: Python, from which a virtual environment is made. */
export async function whyNotMoto(): Promise<string | undefined> {
  return await whyNotCommand('python3');
}

/** What Prometheus needs: Debian, or what is like it, whose package is unpacked. */
export async function whyNotPrometheus(): Promise<string | undefined> {
  return (await whyNotCommand('apt-get')) ?? (await whyNotCommand('dpkg'));
}

/** What DynamoDB Local needs: Java, and Maven unless it has been brought before. */
export async function whyNotDynamoDbLocal(): Promise<string | undefined> {
  const isThere = existsSync(dynamoDbLocalFolder());
  return (await whyNotCommand('java')) ?? (isThere ? undefined : await whyNotCommand('mvn'));
}

/** What AWS's runtime client needs: to be built before, or what builds it; and unzip for what it runs. */
export async function whyNotRuntimeClient(): Promise<string | undefined> {
  if (platform() !== 'linux') return "AWS's runtime client is built for Linux only";
  const tools = existsSync(runtimeClientFolder()) ? [] : ['npm', 'python3', 'cmake', 'make', 'g++', 'xz'];
  const missing = await Promise.all(['unzip', ...tools].map(whyNotCommand));
  return missing.find((why) => why !== undefined);
}

/** What the judge of the strategic merge needs: to be built, or Go. */
export async function whyNotMergeOracle(): Promise<string | undefined> {
  const check = run('bash', [join(CLUSTER_DIR, 'build.sh'), '--check', 'merge-oracle']);
  return await check.then(() => undefined, whyNotGo);
}

/** Go, or Python to bring one. */
async function whyNotGo(): Promise<string | undefined> {
  return (await whyNotCommand('go')) === undefined || (await whyNotCommand('python3')) === undefined
    ? undefined
    : 'neither Go (1.26 or newer) nor Python with pip is installed';
}

async function whyNotCommand(name: string): Promise<string | undefined> {
  try {
    await run('sh', ['-c', `command -v ${name}`]);
    return undefined;
  } catch {
    return `${name} is not installed`;
  }
}
