/** The far end of `inpod bench`: runs within the agent's process, in a pod of its own. */
import { benchPort } from '../../../domain/benchmark/bench-protocol.ts';
import { createBenchServer } from './bench-server.ts';

createBenchServer().listen(benchPort, '::');
