import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

/** Where the server's certificate (with its chain) and key lie, in PEM. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate chain and its key, in PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads the pair. Rejects with a sentence that names the files and repeats nothing of them: where one cannot be read, is
 * no PEM, or the key is another certificate's.
 */
export async function readTlsPair({ certFile, keyFile }: TlsFiles): Promise<TlsPair> {
  const read = async (file: string): Promise<string> =>
    await readFile(file, 'utf8').catch(() => {
      throw new Error(`${file} cannot be read`);
    });
  const [cert, key] = await Promise.all([read(certFile), read(keyFile)]);
  if (!isPair(cert, key)) throw new Error(`${certFile} and ${keyFile} are no certificate and its key, in PEM`);
  return { cert, key };
}

function isPair(cert: string, key: string): boolean {
  try {
    createSecureContext({ cert, key });
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/**
 * Looks at the files again and again: Kubernetes and certificate agents swap links, which file events miss.
 *
 * @param current the pair that is served
 * @param everyMs between two looks, in milliseconds
 * @param take is told of each other pair that is whole
 * @param refuse is told, once for each fault, why what is there now is not taken; what was served goes on being served
 * @returns ends it
 */
export function watchTlsPair(
  files: TlsFiles,
  current: TlsPair,
  everyMs: number,
  take: (pair: TlsPair) => void,
  refuse: (why: string) => void,
): () => void {
  let served = current;
  let fault = '';
  let isEnded = false;
  let timer = setTimeout(look, everyMs).unref();

  function look(): void {
    void lookOnce().then(() => {
      if (!isEnded) timer = setTimeout(look, everyMs).unref();
    });
  }

  async function lookOnce(): Promise<void> {
    try {
      const pair = await readTlsPair(files);
      fault = '';
      if (isEnded || (pair.cert === served.cert && pair.key === served.key)) return;
      served = pair;
      take(pair);
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error';
      if (why !== fault) refuse(why);
      fault = why;
    }
  }

  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}
