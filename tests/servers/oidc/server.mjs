// A certified OIDC provider on a free port of this machine. It prints its port, and ends when its stdin does.
// OIDC_POLL_SECONDS: the interval that a device login is told to poll at.

import { createServer } from 'node:http';

import Provider from 'oidc-provider';

import { configuration } from './configuration.mjs';
import { answer, newKey, nextTrouble } from './testing.mjs';

const interval = Number(process.env.OIDC_POLL_SECONDS ?? 1);
const server = createServer();
await new Promise((ready) => server.listen(Number(process.env.OIDC_PORT ?? 0), '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const state = {
  use(keys) {
    const provider = new Provider(issuer, configuration(keys));
    provider.use(async (ctx, next) => {
      await next();
      if (ctx.oidc?.route === 'device_authorization' && ctx.body?.device_code) ctx.body.interval = interval;
    });
    Object.assign(state, { keys, provider, callback: provider.callback() });
  },
};
state.use([newKey()]);

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

// Instead of the provider's answer, or (`after`) once the provider did its work: wait, cut the line, answer otherwise.
async function trouble(request, response, what) {
  if (what.after) await worked(request);
  if (what.seconds) await pause(what.seconds);
  if (what.cut) {
    request.socket.destroy();
  } else {
    const body = typeof what.body === 'string' ? what.body : JSON.stringify(what.body ?? {});
    const type = typeof what.body === 'string' ? 'text/html' : 'application/json';
    response.writeHead(what.status ?? 503, { 'content-type': type }).end(body);
  }
}

// Let the provider do what was asked for, and keep its answer from who asked.
async function worked(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const kept = ['content-type', 'authorization'].filter((name) => name in request.headers);
  const headers = Object.fromEntries(kept.map((name) => [name, request.headers[name]]));
  await fetch(issuer + request.url, {
    method: request.method,
    headers: { ...headers, 'x-test': 'again' },
    body: Buffer.concat(parts),
  });
}

server.on('request', async (request, response) => {
  try {
    const path = request.url.split('?')[0];
    const what = request.headers['x-test'] ? undefined : nextTrouble(path);
    if (what?.fine) await pause(what.seconds ?? 0);
    if (what && !what.fine) await trouble(request, response, what);
    else if (path.startsWith('/test/')) await answer(state, request, response);
    else await state.callback(request, response);
  } catch (error) {
    console.error(error);
    if (!response.headersSent) response.writeHead(500);
    response.end(String(error));
  }
});

console.log(server.address().port);
process.stdin.resume().on('end', () => process.exit(0));
