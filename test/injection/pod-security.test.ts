import { describe, expect, test } from 'vitest';
import { podSecurityOf } from '../../functions/injection/prove/pod-security.ts';

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
  capabilities: { drop: ['ALL'] },
};
const withContext = (more: Record<string, unknown>): Record<string, unknown> => ({
  containers: [{ name: 'c', securityContext: { ...RESTRICTED, ...more } }],
});
const withVolume = (volume: Record<string, unknown>): Record<string, unknown> => ({
  volumes: [{ name: 'v', ...volume }],
});

// The rows of kubernetes.io/docs/concepts/security/pod-security-standards, in its order.
describe('podSecurityOf', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['nothing', {}, 'restricted'],
    ['a container of the strictest kind', withContext({}), 'restricted'],
    ['host process', withContext({ windowsOptions: { hostProcess: true } }), 'privileged'],
    ['host process of the Pod', { securityContext: { windowsOptions: { hostProcess: true } } }, 'privileged'],
    ['host network', { hostNetwork: true }, 'privileged'],
    ['host PID', { hostPID: true }, 'privileged'],
    ['host IPC', { hostIPC: true }, 'privileged'],
    ['no host network', { hostNetwork: false }, 'restricted'],
    ['privileged', withContext({ privileged: true }), 'privileged'],
    ['NET_ADMIN', withContext({ capabilities: { add: ['NET_ADMIN'] } }), 'privileged'],
    ['all capabilities', withContext({ capabilities: { add: ['ALL'] } }), 'privileged'],
    ['CHOWN', withContext({ capabilities: { drop: ['ALL'], add: ['CHOWN'] } }), 'baseline'],
    ['NET_BIND_SERVICE', withContext({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }), 'restricted'],
    ['hostPath', withVolume({ hostPath: { path: '/' } }), 'privileged'],
    ['a host port', { containers: [{ name: 'c', ports: [{ hostPort: 80 }] }] }, 'privileged'],
    [
      'host port 0',
      { containers: [{ name: 'c', securityContext: RESTRICTED, ports: [{ hostPort: 0 }] }] },
      'restricted',
    ],
    ['AppArmor unconfined', withContext({ appArmorProfile: { type: 'Unconfined' } }), 'privileged'],
    ['an SELinux type', withContext({ seLinuxOptions: { type: 'spc_t' } }), 'privileged'],
    ['the SELinux type of containers', withContext({ seLinuxOptions: { type: 'container_t' } }), 'restricted'],
    ['an SELinux user', { securityContext: { seLinuxOptions: { user: 'root' } } }, 'privileged'],
    ['unmasked /proc', withContext({ procMount: 'Unmasked' }), 'privileged'],
    ['seccomp unconfined', withContext({ seccompProfile: { type: 'Unconfined' } }), 'privileged'],
    ['a sysctl', { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }, 'privileged'],
    [
      'a safe sysctl',
      { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] } },
      'restricted',
    ],
    ['an NFS volume', withVolume({ nfs: { server: 'a', path: '/' } }), 'baseline'],
    ['a projected volume', withVolume({ projected: { sources: [] } }), 'restricted'],
    ['a volume without a source', withVolume({}), 'restricted'],
    ['escalation not refused', withContext({ allowPrivilegeEscalation: true }), 'baseline'],
    ['root not refused', withContext({ runAsNonRoot: false }), 'baseline'],
    ['user 0', withContext({ runAsUser: 0 }), 'baseline'],
    ['capabilities kept', withContext({ capabilities: {} }), 'baseline'],
    ['an init container alike', { initContainers: [{ name: 'i' }] }, 'baseline'],
    [
      'what the Pod says for its containers',
      {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Localhost' } },
        containers: [
          { name: 'c', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
        ],
      },
      'restricted',
    ],
  ])('%s', (_, spec, level) => {
    const need = podSecurityOf(spec);
    expect(need.level).toBe(level);
    expect(need.reasons.length > 0).toBe(level !== 'restricted');
  });
});
