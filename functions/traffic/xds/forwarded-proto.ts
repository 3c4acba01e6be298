import { extension, type XdsMessage } from './xds.ts';

/** Envoy writes X-Forwarded-Proto into every request that has none; the server must see what the client sent. */
const FORWARDED_PROTO = 'x-forwarded-proto';
/** Where the client's own stands meanwhile. No server sees it. */
export const SAVED_PROTO_HEADER = 'x-outrigger-forwarded-proto';

/** Before Envoy looks at a request: puts the client's own X-Forwarded-Proto aside. */
export const KEEP_FORWARDED_PROTO: XdsMessage = extension(
  'keep_forwarded_proto',
  'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
  { mutations: [{ remove: SAVED_PROTO_HEADER }, copy(FORWARDED_PROTO, SAVED_PROTO_HEADER)] },
);

/** Before the router: puts it back, or takes away what Envoy wrote where there was none. */
export const RESTORE_FORWARDED_PROTO: XdsMessage = extension(
  'envoy.filters.http.header_mutation',
  'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
  {
    mutations: {
      request_mutations: [
        { remove: FORWARDED_PROTO },
        copy(SAVED_PROTO_HEADER, FORWARDED_PROTO),
        { remove: SAVED_PROTO_HEADER },
      ],
    },
  },
);

/** Sets a header to another one's value; nothing where that is absent. */
function copy(from: string, to: string): XdsMessage {
  return { append: { header: { key: to, value: `%REQ(${from})%` }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' } };
}
