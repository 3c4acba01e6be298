// registry.ts FOLDER PORT: a read-only image registry on 127.0.0.1 over the OCI layouts in FOLDER. An image is found by
// the last part of its name or by an entry in aliases.json ("lyft/envoy": "lyft-envoy"); every tag is served by the same
// image. containerd uses it as the mirror of every registry, so that Pods pull as usual.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

const [folder = '.', port = '5000'] = process.argv.slice(2);

interface Index {
  readonly manifests: readonly [{ readonly digest: string; readonly mediaType: string }];
}

/** The folder of an image's layout; undefined when there is none. */
function findLayout(name: string): string | undefined {
  const file = join(folder, 'aliases.json');
  const aliases: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const image = Object.hasOwn(aliases, name) ? aliases[name] : name.split('/').at(-1);
  const layout = join(folder, image ?? '');
  return /^[a-z0-9][a-z0-9._-]*$/.test(image ?? '') && existsSync(join(layout, 'index.json')) ? layout : undefined;
}

/** The file, type and digest that a request asks for, or the registry API's code for what is missing. */
function locate(path: string): { file: string; type: string; digest: string } | string {
  const [, name = '', kind = '', reference = ''] =
    /^\/v2\/(.+)\/(manifests|blobs)\/([A-Za-z0-9._:-]+)$/.exec(path) ?? [];
  const layout = findLayout(name);
  if (layout === undefined) return 'NAME_UNKNOWN';
  const index: Index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const digest = reference.startsWith('sha256:') ? reference : index.manifests[0].digest;
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return 'DIGEST_INVALID';
  const file = join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length));
  if (!existsSync(file)) return kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN';
  return { file, digest, type: kind === 'manifests' ? index.manifests[0].mediaType : 'application/octet-stream' };
}

http
  .createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
    if (path === '/v2/' || path === '/v2') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    const found = locate(path);
    if (typeof found === 'string') {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: found, message: found }] }));
      return;
    }
    const { size } = statSync(found.file);
    response.writeHead(200, {
      'content-type': found.type,
      'content-length': size,
      'docker-content-digest': found.digest,
    });
    if (request.method === 'HEAD') response.end();
    else createReadStream(found.file).pipe(response);
  })
  .listen(Number(port), '127.0.0.1');
