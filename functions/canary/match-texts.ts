/** A field name of HTTP, which a cookie's name is as well: RFC 9110 §5.6.2. */
export const TOKEN = /^[!#$%&'*+.^_`|~A-Za-z0-9-]{1,128}$/;
/**
 * Visible ASCII and blanks: what a header carries without being cut or changed on the way. A control character would make
 * Envoy refuse the whole route configuration.
 */
export const HEADER_TEXT = /^[\x20-\x7e]{1,256}$/;
/** A cookie's value ends at a semicolon. */
export const COOKIE_TEXT = /^[\x21-\x3a\x3c-\x7e]{1,256}$/;
/** A namespace, all of them, or the canary's own (Istio's words). */
export const EXPORT = /^(\*|\.|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$/;
