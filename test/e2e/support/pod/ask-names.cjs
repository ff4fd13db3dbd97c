// Asks the first name server of /etc/resolv.conf, and the C library, and prints what they say as JSON, in a form that can be compared:
// globalThis.questions = {messages: [{name, type, transport, ...}], lookups: [{name, family}]}
// Runs by `node -e` in a pod and in a session alike, so it takes nothing but Node.
const dgram = require('node:dgram');
const dns = require('node:dns').promises;
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');

const types = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, OPT: 41, HTTPS: 65, ANY: 255 };
const typeNames = Object.fromEntries(Object.entries(types).map(([name, number]) => [number, name]));
const server = /^nameserver\s+(\S+)/m.exec(fs.readFileSync('/etc/resolv.conf', 'utf8'))[1];

/** One query. `edns`: the size told in an OPT record; `flags`: over the plain 0x0100 (RD). */
function query({ name, type, edns, dnssecOk, ednsVersion = 0, flags = 0x0100, dnsClass = 1 }, id) {
  const labels = name.split('.').filter((label) => label !== '');
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(edns === undefined ? 0 : 1, 10);
  const question = labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')]));
  const end = Buffer.of(0, types[type] >> 8, types[type] & 0xff, dnsClass >> 8, dnsClass & 0xff);
  const opt =
    edns === undefined ? Buffer.alloc(0) : Buffer.of(0, 0, types.OPT, edns >> 8, edns & 0xff, 0, ednsVersion, dnssecOk ? 0x80 : 0, 0, 0, 0);
  return Buffer.concat([header, ...question, end, opt]);
}

function readName(message, at) {
  const labels = [];
  let next;
  for (let length = message[at]; length !== 0; length = message[at]) {
    if (length >= 0xc0) {
      next ??= at + 2;
      at = message.readUInt16BE(at) & 0x3fff;
    } else {
      labels.push(message.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
  return { name: `${labels.join('.')}.`, next: next ?? at + 1 };
}

const nameAt = (message, at) => readName(message, at).name;
const dataText = {
  A: (message, at) => [...message.subarray(at, at + 4)].join('.'),
  NS: nameAt,
  CNAME: nameAt,
  PTR: nameAt,
  MX: (message, at) => `${message.readUInt16BE(at)} ${nameAt(message, at + 2)}`,
  SRV: (message, at) =>
    `${message.readUInt16BE(at)} ${message.readUInt16BE(at + 2)} ${message.readUInt16BE(at + 4)} ${nameAt(message, at + 6)}`,
  // Its serial is the time where CoreDNS makes it up.
  SOA: (message, at) => {
    const first = readName(message, at);
    const second = readName(message, first.next);
    const numbers = [4, 8, 12, 16].map((offset) => message.readUInt32BE(second.next + offset));
    return `${first.name} ${second.name} ${numbers.join(' ')}`;
  },
};

/** Time passes between two questions: what counts is of which order a TTL is. */
const ttlClass = (ttl) => (ttl === 0 ? '0' : ttl <= 5 ? '1-5' : ttl <= 60 ? '6-60' : 'longer');

function readRecord(message, at) {
  const { name, next } = readName(message, at);
  const [type, dnsClass, ttl, length] = [
    message.readUInt16BE(next),
    message.readUInt16BE(next + 2),
    message.readUInt32BE(next + 4),
    message.readUInt16BE(next + 8),
  ];
  const kind = typeNames[type] ?? String(type);
  const data = dataText[kind]?.(message, next + 10) ?? message.toString('hex', next + 10, next + 10 + length);
  const text = kind === 'OPT' ? `OPT size ${dnsClass} flags ${ttl.toString(16)} ${data}` : `${name} ${ttlClass(ttl)} ${kind} ${data}`;
  return { text, next: next + 10 + length };
}

function readSection(message, at, count) {
  const records = [];
  for (let i = 0; i < count; i++) {
    const { text, next } = readRecord(message, at);
    records.push(text);
    at = next;
  }
  return { records: records.sort(), at };
}

const flagBits = { qr: 0x8000, aa: 0x0400, tc: 0x0200, rd: 0x0100, ra: 0x0080, z: 0x0040, ad: 0x0020, cd: 0x0010 };

function described(message) {
  const flags = message.readUInt16BE(2);
  const names = Object.keys(flagBits).filter((name) => (flags & flagBits[name]) !== 0);
  let at = 12;
  const questions = [];
  for (let i = message.readUInt16BE(4); i > 0; i--) {
    const { name, next } = readName(message, at);
    questions.push(`${name} ${typeNames[message.readUInt16BE(next)]}`);
    at = next + 4;
  }
  const answer = readSection(message, at, message.readUInt16BE(6));
  const authority = readSection(message, answer.at, message.readUInt16BE(8));
  const additional = readSection(message, authority.at, message.readUInt16BE(10));
  const isCut = names.includes('tc');
  // Which of the records were left out is chance.
  const shown = (records) => (isCut ? records.length : records);
  return {
    rcode: flags & 0xf,
    flags: names.join(' '),
    questions,
    answers: shown(answer.records),
    authority: shown(authority.records),
    additional: shown(additional.records),
  };
}

/** By UDP it is asked three times, each for two seconds. */
async function askByUdp(message) {
  for (let attempt = 0; attempt < 3; attempt++) {
    const socket = dgram.createSocket(net.isIPv6(server) ? 'udp6' : 'udp4');
    try {
      const answer = await new Promise((resolve, reject) => {
        socket.on('message', resolve);
        socket.on('error', reject);
        setTimeout(resolve, 2000).unref();
        socket.send(message, 53, server);
      });
      if (answer) return answer;
    } finally {
      socket.close();
    }
  }
  throw new Error('no answer by UDP');
}

function askByTcp(message) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: server, port: 53 });
    let held = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('no answer by TCP')));
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
      socket.destroy();
      resolve(held.subarray(2, 2 + held.readUInt16BE(0)));
    });
    socket.write(Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message]));
  });
}

async function answerTo(question, i) {
  const id = 1000 + i;
  const message = query(question, id);
  const answer = await (question.transport === 'tcp' ? askByTcp(message) : askByUdp(message));
  return { hasId: answer.readUInt16BE(0) === id, ...described(answer) };
}

async function lookedUp({ name, family }) {
  try {
    const found = await dns.lookup(name, { all: true, family });
    return found.map(({ address }) => address).sort();
  } catch (error) {
    return [error.code];
  }
}

async function inTurn(items, act) {
  const results = [];
  for (const [i, item] of items.entries()) results.push(await act(item, i).catch((error) => ({ failed: error.message })));
  return results;
}

/** The kubelet has options in any order. */
function resolvConf() {
  const lines = fs.readFileSync('/etc/resolv.conf', 'utf8').split('\n');
  const told = lines.filter((line) => /^(search|options|domain)/.test(line));
  return told.map((line) => (line.startsWith('options') ? line.split(' ').sort().join(' ') : line));
}

async function main({ messages = [], lookups = [] }) {
  // The pod's own line has its own address and name.
  const hosts = fs
    .readFileSync('/etc/hosts', 'utf8')
    .replace(/^# Added by inpod[^]*$/m, '')
    .split('\n');
  console.log(
    JSON.stringify({
      // Twice, since the second answer may come from a cache.
      messages: await inTurn(messages, async (one, i) => [await answerTo(one, i), await answerTo(one, i + 20000)]),
      lookups: await inTurn(lookups, lookedUp),
      resolvConf: resolvConf(),
      hosts: hosts.filter((line) => line !== '' && !line.startsWith('#') && !line.split(/\s+/).includes(os.hostname())),
    }),
  );
}
void main(globalThis.questions);
