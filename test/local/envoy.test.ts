import { expect, test } from 'vitest';
import { launchEnvoy } from '../../infra/local/demo/envoy.ts';

const adminAt = async (): Promise<{ host: string; port: number }> => ({ host: '127.0.0.1', port: 1 });

test.each([
  ['one that ends', process.execPath, ['-e', 'console.error("no such field"); process.exit(3)'], 'no such field'],
  ['one that is not there', '/nowhere/envoy', [], 'ENOENT'],
])('%s is an error with what it said', async (_title, binary, args, said) => {
  await expect(launchEnvoy({ binary, args, adminAt })).rejects.toThrow(new RegExp(`Envoy did not start: .*${said}`));
});
