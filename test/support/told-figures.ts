/**
 * What a sidecar counted since its last poll of some releases of `shop`, and which hosts it finds: the end of a poll's body.
 *
 * @param services each on port 8080, in its first revision
 * @param seq the number of the report
 */
export function toldOf(services: readonly string[], version: string, seq: number): string {
  const tracks = services.flatMap((service) => ['stable', 'canary'].map((track) => `shop/${service}/8080/r1|${track}`));
  const counts = tracks.flatMap((name) => [
    `"${name}.upstream_rq_2xx":180`,
    `"${name}.upstream_rq_5xx":2`,
    `"${name}.upstream_rq_completed":182`,
    `"${name}.upstream_rq_total":182`,
    `"${name}-only.upstream_rq_total":182`,
    `"${name}.upstream_rq_time":"4:20 5:90 6:50 7.1:12 9:7 15:2 24:1"`,
  ]);
  const hosts = tracks.flatMap((name) => ['healthy', 'total'].map((of) => `"${name}-only.${of}":4`));
  return `,"figures":[{"seq":${seq},"version":"${version}","counts":{${counts.join()}}}],"hosts":{${hosts.join()}}}`;
}
