import { encode, type Answer, type RecordType } from 'dns-packet';
import { beforeEach, describe, expect, it } from 'vitest';
import { NameTeller } from '../../../src/app/use-cases/name-teller.ts';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';

function answer(name: string, type: RecordType = 'A', rcode = 0, answers: Answer[] = []): Uint8Array {
  return encode({ type: 'response', flags: rcode, questions: [{ name, type }], answers });
}

const found = (name: string): Uint8Array => answer(name, 'A', 0, [{ type: 'A', name, ttl: 5, data: '192.0.2.1' }]);

describe('NameTeller', () => {
  let events: SessionEvent[];
  let teller: NameTeller;
  beforeEach(() => {
    events = [];
    teller = new NameTeller((event) => events.push(event));
  });

  it.each([
    ['found', found('db.example'), 'A'],
    ['no-such-record', answer('db.example', 'AAAA'), 'AAAA'],
    ['no-such-name', answer('db.example', 'SRV', 3), 'SRV'],
    ['failed', answer('db.example', 'A', 2), 'A'],
    ['failed', answer('db.example', 'SPF' as RecordType, 5), 'TYPE99'],
  ])('tells that it is %s', (outcome, message, type) => {
    teller.answered(message, 'cluster', 12);
    expect(events).toEqual([{ kind: 'name-answered', name: 'db.example', type, by: 'cluster', outcome, tookMs: 12 }]);
  });

  it('tells the same once, and what became otherwise', () => {
    for (let i = 0; i < 3; i++) teller.answered(found('DB.example'), 'cluster', i);
    teller.answered(found('db.example'), 'laptop', 3);
    teller.answered(answer('db.example', 'A', 3), 'cluster', 4);
    expect(events).toHaveLength(3);
  });

  it('tells a bounded number', () => {
    for (let i = 0; i <= 3000; i++) teller.answered(found(`n${i}.example`), 'cluster', 1);
    expect(events).toHaveLength(2000);
  });

  it('says nothing of what is no question', () => {
    teller.answered(encode({ type: 'response', flags: 2 }), 'nobody', 1);
    expect(events).toEqual([]);
  });
});
