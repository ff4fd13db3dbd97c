// transfer.mjs URL BYTES: so many bytes each way; prints what arrived on each side as JSON.
import { createCipheriv, createHash } from 'node:crypto';
import { request } from 'node:http';

const [url, total] = [process.argv[2], Number(process.argv[3])];

function* deterministicBytes() {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(1 << 16);
  for (let left = total; left > 0; left -= zeros.length) yield cipher.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
}

function download() {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    let bytes = 0;
    request(`${url}/hash?bytes=${total}`, (response) => {
      response.on('data', (chunk) => {
        hash.update(chunk);
        bytes += chunk.length;
      });
      response.on('end', () => resolve({ bytes, sha256: hash.digest('hex') }));
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

async function upload() {
  const { promise, resolve, reject } = withResolvers();
  const put = request(`${url}/upload`, { method: 'PUT', headers: { 'content-length': total } }, (response) => {
    response.setEncoding('utf8');
    response.on('data', (text) => resolve(JSON.parse(text)));
  }).on('error', reject);
  for (const chunk of deterministicBytes()) if (!put.write(chunk)) await new Promise((drained) => put.once('drain', drained));
  put.end();
  return promise;
}

function withResolvers() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

const expected = createHash('sha256');
for (const chunk of deterministicBytes()) expected.update(chunk);
console.log(JSON.stringify({ expected: expected.digest('hex'), download: await download(), upload: await upload() }));
