import { useEffect, useState } from 'preact/hooks';
import type { Canary } from '../../../functions/canary/canary.ts';
import { ask } from './api.ts';
import { canariesOf } from './model.ts';
import { Notice } from './notice.tsx';
import { linkTo } from './place.ts';
import { usePolled } from './use-polled.ts';
import { percentOf, sentenceOf, stepOf, toneOf } from './words.ts';

/** Every release of the Kubernetes cluster. */
export function Releases({ filter: first }: { readonly filter: string }) {
  const [filter, setFilter] = useState(first);
  const { value, fault } = usePolled('releases', async () =>
    canariesOf(await ask({ path: 'canaries', query: { limit: '500' } })),
  );
  const shown = (value ?? []).filter((canary) => textOf(canary).includes(filter.toLowerCase()));
  useKeys();
  return (
    <main>
      <div class="bar">
        <h1>Releases</h1>
        <input
          type="search"
          id="filter"
          aria-label="Filter by name, namespace, Service or phase"
          placeholder="filter  /"
          value={filter}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
        />
        <span class="quiet">
          {shown.length} of {value?.length ?? 0}
        </span>
      </div>
      <Notice fault={fault} />
      {value !== undefined && value.length === 0 ? (
        <p class="empty">
          No canary yet. <code>outrigger canary apply -f cart.yaml</code> makes one.
        </p>
      ) : (
        <ul class="rows">
          {shown.map((canary) => (
            <Row canary={canary} key={`${canary.metadata.namespace}/${canary.metadata.name}`} />
          ))}
        </ul>
      )}
      <p class="hint quiet">
        <kbd>/</kbd> filter <kbd>j</kbd> <kbd>k</kbd> move <kbd>Enter</kbd> open <kbd>Esc</kbd> back
      </p>
    </main>
  );
}

function Row({ canary }: { readonly canary: Canary }) {
  const { metadata, spec, status } = canary;
  const share = percentOf(status.weights.canary, spec.totalWeight);
  const followed = status.conditions.find(({ type }) => type === 'Confirmed');
  return (
    <li>
      <a class="row" href={linkTo(metadata)}>
        <span class="name">
          <b>{metadata.name}</b>
          <small>{metadata.namespace}</small>
        </span>
        <span class="service">
          {spec.service.name}:{spec.service.port}
        </span>
        <span class="share">
          <Share percent={share} />
          <small>{share} %</small>
        </span>
        <span class={`phase ${toneOf(canary)}`}>{status.phase}</span>
        <span class="step">{stepOf(canary)}</span>
        <span class="why">
          {sentenceOf(canary)}
          {followed === undefined ? '' : ` · ${followed.message}`}
        </span>
      </a>
    </li>
  );
}

/** Stable and canary as one bar. */
export function Share({ percent }: { readonly percent: number }) {
  return (
    <span class="stack" aria-hidden="true">
      <i style={{ width: `${percent}%` }} />
    </span>
  );
}

function textOf({ metadata, spec, status }: Canary): string {
  return `${metadata.namespace}/${metadata.name} ${spec.service.name} ${status.phase}`.toLowerCase();
}

/** Moves through the rows as in a terminal. */
function useKeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
      const rows = [...document.querySelectorAll<HTMLAnchorElement>('a.row')];
      const at = rows.findIndex((row) => row.matches(':focus'));
      if (event.key === 'j') rows[Math.min(rows.length - 1, at + 1)]?.focus();
      else if (event.key === 'k') rows[Math.max(0, at - 1)]?.focus();
      else if (event.key === '/') {
        event.preventDefault();
        document.querySelector<HTMLInputElement>('#filter')?.focus();
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
