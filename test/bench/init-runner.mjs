// init-runner.mjs MODULE: loads a bundled entry point as Lambda's INIT does, calls it once, prints the times as JSON.
const before = process.cpuUsage();
const module = await import(process.argv[2]);
const { user, system } = process.cpuUsage(before);
const { BENCH_PATH: rawPath, BENCH_BODY: body } = process.env;
const event = {
  version: '2.0',
  rawPath,
  rawQueryString: 'timeout=3s',
  headers: { 'content-type': 'application/json' },
  requestContext: { http: { method: 'POST', path: rawPath }, stage: '$default' },
  body,
  isBase64Encoded: false,
};
const started = performance.now();
const result = await module.handler?.(event);
const firstMs = performance.now() - started;
process.stdout.write(
  `${JSON.stringify({ initCpuMs: (user + system) / 1000, firstMs, status: result?.statusCode ?? 0 })}\n`,
);
process.exit(0);
