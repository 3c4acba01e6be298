import type { AuditEntry } from '../../../functions/canary/audit-entry.ts';
import type { Canary } from '../../../functions/canary/canary.ts';
import { durationMs } from '../../../functions/template/parameter/duration.ts';
import type { ProxiesDescription } from '../../../functions/traffic/proxies/proxy-status.ts';
import { ageText, nameOf } from './words.ts';

/** The steps in a row, and how long the one that goes on still takes. */
export function Steps({ canary, now }: { readonly canary: Canary; readonly now: number }) {
  const { release } = canary.status;
  if (release === undefined) return null;
  const { steps, currentStepIndex: at, state } = release;
  const isOver = ['Promoted', 'Aborted', 'Undone', 'Superseded'].includes(state);
  const classOf = (i: number): string => (i < at ? 'done' : i === at && !isOver ? 'now' : '');
  return (
    <ol class="rail" aria-label="Steps">
      {[{ i: -1, text: 'baseline' }, ...steps.map((step, i) => ({ i, text: nameOf(step) }))].map(({ i, text }) => (
        <li key={i} class={classOf(i)} aria-current={classOf(i) === 'now' ? 'step' : undefined}>
          {text}
          {classOf(i) === 'now' ? <small>{leftOf(canary, now)}</small> : ''}
        </li>
      ))}
      <li class={isOver ? 'now' : ''}>{isOver ? state : 'promoted'}</li>
    </ol>
  );
}

function leftOf({ status: { release } }: Canary, now: number): string {
  if (release === undefined) return '';
  const step = release.steps[release.currentStepIndex];
  const gone = now - Date.parse(release.stepStartedAt);
  if (release.paused !== undefined && release.paused.reason !== 'CanaryPauseStep') return `paused ${ageText(gone)}`;
  const { analysis } = release;
  if (step !== undefined && 'pause' in step) {
    const { duration } = step.pause;
    if (duration === undefined) return `waits for a promotion, ${ageText(gone)}`;
    return `${ageText(durationMs(duration) - gone)} left`;
  }
  return step === undefined ? ageText(gone) : `${ageText(gone)}, at most ${ageText(durationMs(analysis.maximum.time))}`;
}

/** Who of the fleet follows the last write. */
export function Proxies({ proxies }: { readonly proxies: ProxiesDescription | undefined }) {
  if (proxies === undefined) return null;
  const { items, converged, seen, confirmed } = proxies;
  return (
    <section aria-label="Proxies">
      <h2>Proxies</h2>
      <p>
        {converged} of {seen} run the last write, {confirmed ? 'confirmed' : 'not confirmed'}
      </p>
      <ul class="dots">
        {items.map(({ namespace, name, state }) => (
          <li key={`${namespace}/${name}`} class={state}>
            <i aria-hidden="true" />
            {namespace}/{name} <small>{state}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Who did what, and why. */
export function History({ entries, now }: { readonly entries: readonly AuditEntry[]; readonly now: number }) {
  return (
    <section aria-label="History">
      <h2>History</h2>
      <ul class="history">
        {entries.map(({ time, who, verb, from, to, reason, resourceVersion }) => (
          <li key={resourceVersion}>
            <time dateTime={time} title={time}>
              {ageText(now - Date.parse(time))}
            </time>
            <b>{verb}</b>
            <span>{to === undefined ? '' : `${from === undefined ? '' : `${from.canary} → `}${to.canary}`}</span>
            <span class="who">{who}</span>
            <span class="why">{reason}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
