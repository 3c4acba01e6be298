import { expect, test } from 'vitest';
import { ENVOY_VERSIONS, startEnvoy, validateEnvoy, whyNotEnvoy } from './support/envoy.ts';
import { describeReal } from './support/suite.ts';

const LISTENER = {
  name: 'bound',
  address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
  filter_chains: [
    {
      filters: [
        {
          name: 'tcp',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
            stat_prefix: 'bound',
            cluster: 'nowhere',
          },
        },
      ],
    },
  ],
};
const CLUSTERS = [{ name: 'nowhere', type: 'STATIC', connect_timeout: '1s' }];
const BOOTSTRAP = {
  node: { id: 'test', cluster: 'test' },
  static_resources: { listeners: [LISTENER], clusters: CLUSTERS },
};

await describeReal('the Envoys that the other suites use', whyNotEnvoy, () => {
  test.each(ENVOY_VERSIONS)('%s starts, and says its version, its ports and its figures', async (version) => {
    const envoy = await startEnvoy(BOOTSTRAP, { version });
    try {
      expect(JSON.parse(await envoy.admin('/server_info')).version).toContain(`/${version}/`);
      expect(await envoy.listenerPort('bound')).toBeGreaterThan(1_023);
      expect((await envoy.stats('server.live')).get('server.live')).toBe(1);
    } finally {
      await envoy.stop();
    }
  });

  test('a bootstrap is accepted, or refused with the reason', async () => {
    expect(await validateEnvoy(BOOTSTRAP)).toBeUndefined();
    const noCluster = { ...BOOTSTRAP, static_resources: { listeners: [{ ...LISTENER, address: {} }] } };
    expect(await validateEnvoy(noCluster)).toContain('error initializing configuration');
  });
});
