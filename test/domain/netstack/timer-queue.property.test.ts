import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { instant, type Instant } from '../../../src/domain/netstack/instant.ts';
import { TimerQueue, type Timed } from '../../../src/domain/netstack/timer-queue.ts';

class Alarm implements Timed {
  deadline = Infinity;
  heapIndex = -1;
  wakeAt = Infinity;
  firedAt: number[] = [];
  onTimer(now: Instant): void {
    this.firedAt.push(now);
  }
}

const change = fc.record({ alarm: fc.nat(5), deadline: fc.oneof(fc.nat(100), fc.constant(Infinity)), remove: fc.boolean() });

it('fires each at its last deadline, and is never late to look', () =>
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 40 }), (rounds) => {
      const queue = new TimerQueue<Alarm>();
      const alarms = Array.from({ length: 6 }, () => new Alarm());
      rounds.forEach((changes, now) => {
        for (const { alarm: index, deadline, remove } of changes) {
          const alarm = alarms[index] as Alarm;
          alarm.deadline = remove ? Infinity : deadline;
          if (remove) queue.remove(alarm);
          else queue.schedule(alarm);
        }
        const due = alarms.filter((alarm) => alarm.deadline <= now);
        expect(queue.nextAt()).toBeLessThanOrEqual(Math.min(...alarms.map((alarm) => alarm.deadline)));
        queue.runDue(instant(now));
        for (const alarm of alarms) expect(alarm.firedAt.includes(now)).toBe(due.includes(alarm));
        expect(queue.nextAt()).toBeGreaterThan(now);
      });
    }),
  ));
