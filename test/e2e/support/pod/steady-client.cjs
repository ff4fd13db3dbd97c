// Opens new connections at a steady rate, each with a limit on the whole request, and tells at the end what became of them.
// Of each kind of failure it tells how many there were, and when.
// CLIENT_PLAN: {"seconds": 30, "perSecond": 150, "limitMs": 60000, "urls": {"NAME": "http://..."}}
const http = require('node:http');

const { seconds, perSecond, urls, limitMs } = JSON.parse(process.env.CLIENT_PLAN);
const outcomes = Object.fromEntries(Object.keys(urls).map((name) => [name, { answers: {}, failed: 0, failures: {} }]));
const startedAt = Date.now();
let open = 0;
let asked = 0;

function ask(name, url) {
  open++;
  const at = Date.now() - startedAt;
  const outcome = outcomes[name];
  let isDone = false;
  const done = (failure) => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    if (failure) fail(outcome, failure, at);
    if (--open === 0 && asked >= seconds * perSecond) tell();
  };
  const request = http.get(url, { agent: false }, (response) => {
    let text = '';
    response.on('data', (chunk) => (text += chunk));
    response.on('error', (error) => done(error.message));
    response.on('close', () => {
      if (!response.complete) return done('cut off');
      const kind = text.split(/\s/)[0];
      outcome.answers[kind] = (outcome.answers[kind] ?? 0) + 1;
      done();
    });
  });
  request.on('error', (error) => done(error.message));
  const timer = setTimeout(() => {
    done(`nothing within ${limitMs} ms`);
    request.destroy();
  }, limitMs);
}

function fail(outcome, failure, at) {
  outcome.failed++;
  const { count = 0, firstMs = at } = outcome.failures[failure] ?? {};
  outcome.failures[failure] = { count: count + 1, firstMs, lastMs: Math.max(at, outcome.failures[failure]?.lastMs ?? 0) };
}

function tell() {
  console.log(JSON.stringify(outcomes));
  process.exit(0);
}

const ticking = setInterval(() => {
  const due = Math.min(Math.floor(((Date.now() - startedAt) * perSecond) / 1000), seconds * perSecond);
  // A client that had no time for more than a second doesn't make up for it by a flood.
  asked = Math.max(asked, due - perSecond);
  while (asked < due) {
    asked++;
    for (const [name, url] of Object.entries(urls)) ask(name, url);
  }
  if (asked >= seconds * perSecond) clearInterval(ticking);
}, 5);
