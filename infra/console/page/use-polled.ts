import { useEffect, useState } from 'preact/hooks';

/** What was read last, and why the next read failed. */
export interface Polled<T> {
  readonly value: T | undefined;
  readonly fault: string | undefined;
  /** Milliseconds since the epoch, of the last answer. */
  readonly at: number;
  /** Asks now. */
  readonly again: () => void;
}

const POLL_MS = 2_000;

/** Asks every two seconds while the page is seen. @param of what is asked for: another one begins without a value */
export function usePolled<T>(of: string, read: () => Promise<T>): Polled<T> {
  const [state, setState] = useState<Omit<Polled<T>, 'again'> & { readonly of: string }>(NOTHING);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isOver = false;
    let timer = 0;
    const take = (value: T): void => {
      if (!isOver) setState({ of, value, fault: undefined, at: Date.now() });
    };
    const miss = (error: unknown): void => {
      const fault = error instanceof Error ? error.message : String(error);
      if (!isOver) setState((before) => ({ ...(before.of === of ? before : NOTHING), of, fault }));
    };
    const look = async (): Promise<void> => {
      if (document.visibilityState === 'visible') await read().then(take, miss);
      if (!isOver) timer = window.setTimeout(() => void look(), POLL_MS);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [of, round]);
  const known = state.of === of ? state : NOTHING;
  return { ...known, again: () => setRound((before) => before + 1) };
}

const NOTHING = { of: '', value: undefined, fault: undefined, at: 0 };
