import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import './console.css';
import { CLUSTER } from './api.ts';
import { placeOf } from './place.ts';
import { Release } from './release.tsx';
import { Releases } from './releases.tsx';

function Console() {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const move = (): void => setFragment(location.hash);
    const back = ({ key, target }: KeyboardEvent): void => {
      if (key !== 'Escape') return;
      if (target instanceof HTMLInputElement) target.blur();
      else location.hash = '#/releases';
    };
    addEventListener('hashchange', move);
    addEventListener('keydown', back);
    return () => {
      removeEventListener('hashchange', move);
      removeEventListener('keydown', back);
    };
  }, []);
  const place = placeOf(fragment);
  return (
    <>
      <header>
        <a href="#/releases">Outrigger</a>
        <span class="quiet">{CLUSTER === undefined ? '' : `cluster ${CLUSTER}`}</span>
      </header>
      {place.view === 'release' ? (
        <Release namespace={place.namespace} name={place.name} key={`${place.namespace}/${place.name}`} />
      ) : (
        <Releases filter={place.filter} />
      )}
    </>
  );
}

const root = document.querySelector('#console');
if (root !== null) render(<Console />, root);
