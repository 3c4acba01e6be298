import { useState } from 'preact/hooks';
import type { Canary } from '../../../functions/canary/canary.ts';
import { ask, CLUSTER, pathOf } from './api.ts';
import type { Key } from './place.ts';
import { percentOf, shellWord } from './words.ts';

const VERBS = ['abort', 'promote', 'pause', 'resume', 'skip', 'undo', 'start', 'retry'] as const;
type Verb = (typeof VERBS)[number];

interface Props {
  readonly canary: Canary;
  /** Reads the release now. */
  readonly again: () => void;
}

/** What can be done with a release, each with the command that does the same. */
export function Actions({ canary, again }: Props) {
  const [reason, setReason] = useState('');
  const [told, setTold] = useState<{ readonly text: string; readonly isBad: boolean }>();
  const act = async (what: string, work: () => Promise<string>): Promise<void> => {
    setTold({ text: `${what} …`, isBad: false });
    try {
      setTold({ text: await work(), isBad: false });
    } catch (error) {
      setTold({ text: error instanceof Error ? error.message : String(error), isBad: true });
    }
    again();
  };
  const steer = async (verb: Verb): Promise<string> => {
    const body = reason === '' ? {} : { body: { reason } };
    await ask({ method: 'POST', path: pathOf(canary.metadata, verb), ...body });
    return `${verb}: done`;
  };
  return (
    <section aria-label="Actions">
      <h2>Act</h2>
      <label class="reason">
        why, for the history
        <input value={reason} maxLength={256} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
      </label>
      <ul class="acts">
        {VERBS.filter((verb) => isPossible(verb, canary)).map((verb) => (
          <li key={verb}>
            <button
              type="button"
              class={verb === 'abort' ? 'stop' : ''}
              onClick={() => void act(verb, async () => await steer(verb))}
            >
              {verb === 'abort' ? 'Abort' : verb}
            </button>
            <code>{commandOf(verb, canary.metadata, reason)}</code>
          </li>
        ))}
      </ul>
      <Weight canary={canary} reason={reason} act={act} />
      <p class={told?.isBad === true ? 'told bad' : 'told'} role="status">
        {told?.text}
      </p>
    </section>
  );
}

interface WeightProps {
  readonly canary: Canary;
  readonly reason: string;
  readonly act: (what: string, work: () => Promise<string>) => Promise<void>;
}

/** The canary's share by hand, checked by the API before it is written. */
function Weight({ canary, reason, act }: WeightProps) {
  const { metadata, spec, status } = canary;
  // Until it is moved, the slider stands where the weight is.
  const [moved, setMoved] = useState<number>();
  const wanted = moved ?? percentOf(status.weights.canary, spec.totalWeight);
  const share = Math.round((wanted * spec.totalWeight) / 100);
  const put = async (dryRun: boolean): Promise<string> => {
    const backends = [
      { name: 'stable', weight: spec.totalWeight - share },
      { name: 'canary', weight: share },
    ];
    await ask({
      method: 'PUT',
      path: pathOf(metadata, 'weights'),
      query: dryRun ? { dryRun: 'All' } : {},
      headers: { 'if-match': `"${metadata.resourceVersion}"` },
      body: { backends, ...(reason === '' ? {} : { reason }) },
    });
    if (dryRun) return `the API would take ${wanted} %`;
    setMoved(undefined);
    return `the canary gets ${wanted} %`;
  };
  return (
    <div class="weight">
      <label>
        weight by hand <b>{wanted} %</b>
        <input
          type="range"
          min="0"
          max="100"
          step="1"
          value={wanted}
          onInput={({ currentTarget }) => setMoved(Number(currentTarget.value))}
          onChange={() => void act('check', async () => await put(true))}
        />
      </label>
      <p class="routes">
        route {spec.service.name}:{spec.service.port} → {spec.backends[0]?.service} <b>{100 - wanted} %</b>,{' '}
        {spec.backends[1]?.service} <b>{wanted} %</b>
      </p>
      <button type="button" onClick={() => void act('set weight', async () => await put(false))}>
        set weight
      </button>
      <code>{commandOf('set-weight', metadata, reason, String(wanted))}</code>
    </div>
  );
}

/** What the release's state does not refuse anyway. Whatever is asked, the API decides. */
function isPossible(verb: Verb, { status }: Canary): boolean {
  const { phase, release } = status;
  const isLive = phase === 'Progressing' || phase === 'WaitingPromotion';
  switch (verb) {
    case 'abort':
      return isLive;
    case 'retry':
      return phase === 'Failed';
    case 'start':
      return phase === 'Initialized' || phase === 'Succeeded';
    case 'resume':
      return isLive && release?.paused !== undefined;
    case 'pause':
      return isLive && release !== undefined && release.paused === undefined;
    default:
      return isLive && release !== undefined;
  }
}

/** The same in a terminal. */
function commandOf(verb: string, { namespace, name }: Key, reason: string, weight?: string): string {
  const words = ['outrigger', 'canary', verb, name, ...(weight === undefined ? [] : [weight]), '-n', namespace];
  const more = [
    ...(CLUSTER === undefined ? [] : ['--cluster', CLUSTER]),
    ...(reason === '' ? [] : ['--reason', reason]),
  ];
  return [...words, ...more].map(shellWord).join(' ');
}
