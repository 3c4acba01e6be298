import type { Envoy } from './envoy.ts';

/** The routes that an Envoy runs, and since when (milliseconds since the epoch): its own statistics. */
export async function runningRoutes(
  envoy: Pick<Envoy, 'admin'>,
): Promise<{ readonly version: string; readonly since: number }> {
  const text = await envoy.admin('/stats?type=All&filter=rds.outbound');
  const version = /rds\.outbound\.version_text: "(.*)"/.exec(text)?.[1] ?? '';
  return { version, since: Number(/rds\.outbound\.update_time: (\d+)/.exec(text)?.[1] ?? 0) };
}
