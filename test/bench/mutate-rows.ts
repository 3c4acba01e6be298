import type { HttpResult } from '../../functions/http/result.ts';
import { openBenchEntryPoint } from './bench-entry-point.ts';
import { reviewText } from './reviews.ts';
import { type Row, ratioToN } from './rows.ts';
import { readLargeTemplate, SMALL_TEMPLATE } from './templates.ts';

/** What Istio and Linkerd answer: 9 to 17 KB. */
const LARGE_ANSWER_BYTES = 9_000;

/** The operations of an answer. */
function operationsOf(result: HttpResult): readonly unknown[] {
  const { response }: { response: { patch?: string } } = JSON.parse(result.body);
  return response.patch === undefined ? [] : JSON.parse(Buffer.from(response.patch, 'base64').toString());
}

/** The row of design §9 about mutate with a large template, whose answer has 9 KB at least. */
async function largeRows(): Promise<readonly Row[]> {
  const { call } = await openBenchEntryPoint('large', readLargeTemplate());
  const text = reviewText({ containers: 2, env: 36 });
  const answer = await call(text);
  if (answer.body.length < LARGE_ANSWER_BYTES) throw new Error(`the large answer has only ${answer.body.length} B`);
  const { ratio } = await ratioToN(text, () => call(text));
  const name = `mutate, large template, 10 KB review (${text.length} B)`;
  return [
    { name, value: ratio, unit: '× N', goal: 2 },
    { name: 'answer, large template', value: answer.body.length, unit: 'B' },
    { name: 'operations, large template', value: operationsOf(answer).length, unit: '' },
  ];
}

/** The rows of design §9 about mutate. */
export async function mutateRows(): Promise<readonly Row[]> {
  return [...(await smallRows()), ...(await largeRows())];
}

/** Those with a small template. */
async function smallRows(): Promise<readonly Row[]> {
  const { call, reads } = await openBenchEntryPoint('small', SMALL_TEMPLATE);
  const sizes = [
    { name: '3 KB review (fixed cost)', text: reviewText({ containers: 1, env: 5 }), goal: 1.3 },
    { name: '10 KB review', text: reviewText({ containers: 2, env: 36 }), goal: 1.0 },
    { name: '93 KB review', text: reviewText({ containers: 6, env: 130 }), goal: 0.8 },
    { name: '2,000 env vars', text: reviewText({ containers: 1, env: 2_000 }), goal: 0.9 },
  ];
  const rows: Row[] = [];
  const measured = new Map<string, { ms: number; bytes: number }>();
  for (const { name, text, goal } of sizes) {
    const { ratio, workMs } = await ratioToN(text, () => call(text));
    measured.set(name, { ms: workMs, bytes: text.length });
    rows.push({ name: `mutate, ${name} (${text.length} B), verified`, value: ratio, unit: '× N', goal });
  }
  const [small, large] = [measured.get('10 KB review'), measured.get('93 KB review')];
  if (small !== undefined && large !== undefined) {
    const slope = large.ms / small.ms / (large.bytes / small.bytes);
    rows.push({ name: 'slope 10 KB → 93 KB (cost ratio ÷ byte ratio)', value: slope, unit: '', goal: 1.0 });
  }
  const huge = reviewText({ containers: 40, env: 120, annotationBytes: 2_000_000 });
  const { workMs } = await ratioToN(huge, () => call(huge), huge.length * 5);
  rows.push({ name: `mutate, ${huge.length} B review, CPU`, value: workMs, unit: 'ms', goal: 60 });
  const bare = await call(reviewText({ containers: 1, env: 1 }));
  rows.push({
    name: 'operations: container, init container, volume, label, 2 annotations',
    value: operationsOf(bare).length,
    unit: '',
    goal: 6,
  });
  rows.push({ name: 'answer, small template', value: bare.body.length, unit: 'B' });
  const before = reads();
  for (let i = 0; i < 1_000; i++) await call(sizes[0]?.text ?? '');
  rows.push({ name: 'store reads per 1,000 warm injections', value: reads() - before, unit: '', goal: 1 });
  return rows;
}
