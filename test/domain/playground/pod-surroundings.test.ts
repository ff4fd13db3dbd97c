import { describe, expect, it } from 'vitest';
import { podHosts, podResolvConf, podVariables } from '../../../src/domain/playground/pod-surroundings.ts';
import { aPod, aService, aStore } from '../../builders/playground-builders.ts';

const pod = aPod('web-1', '10.42.0.1');

describe('podVariables', () => {
  it('are the hostname, the Services of the namespace and the API', () => {
    const objects = aStore(
      pod,
      aService('kubernetes', '10.43.0.1', { kubeNamespace: 'default', ports: [{ name: 'https', port: 443, targetPort: 6443 }] }),
      aService('other', '10.43.0.8', { kubeNamespace: 'default' }),
      aService('my-web', '10.43.0.2'),
    );
    expect(podVariables(objects, pod)).toEqual({
      HOSTNAME: 'web-1',
      KUBERNETES_SERVICE_HOST: '10.43.0.1',
      KUBERNETES_SERVICE_PORT: '443',
      KUBERNETES_SERVICE_PORT_HTTPS: '443',
      KUBERNETES_PORT: 'tcp://10.43.0.1:443',
      KUBERNETES_PORT_443_TCP: 'tcp://10.43.0.1:443',
      KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
      KUBERNETES_PORT_443_TCP_PORT: '443',
      KUBERNETES_PORT_443_TCP_ADDR: '10.43.0.1',
      MY_WEB_SERVICE_HOST: '10.43.0.2',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_SERVICE_PORT_HTTP: '80',
      MY_WEB_PORT: 'tcp://10.43.0.2:80',
      MY_WEB_PORT_80_TCP: 'tcp://10.43.0.2:80',
      MY_WEB_PORT_80_TCP_PROTO: 'tcp',
      MY_WEB_PORT_80_TCP_PORT: '80',
      MY_WEB_PORT_80_TCP_ADDR: '10.43.0.2',
    });
  });
});

describe("a pod's files", () => {
  it('look for short names in its own namespace first', () => {
    expect(podResolvConf('shop')).toBe(
      'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 198.19.255.53\noptions ndots:5\n',
    );
  });

  it('know its own name', () => {
    expect(podHosts(pod)).toContain('\n127.0.0.1\tlocalhost\n');
    expect(podHosts(pod)).toContain('\n10.42.0.1\tweb-1\n');
  });
});
