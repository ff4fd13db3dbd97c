// many.mjs URL COUNT NAME: so many connections side by side; the server answers when all of them wait.
import { Agent, request } from 'node:http';

const [url, count, name] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const agent = new Agent({ maxSockets: Infinity, keepAlive: false });

function one() {
  return new Promise((resolve, reject) => {
    request(`${url}/gate?name=${name}&count=${count}`, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(text.trim()));
    })
      .on('error', reject)
      .end();
  });
}

const answers = await Promise.all(Array.from({ length: count }, one));
console.log(answers.filter((answer) => answer === String(count)).length);
