// What only tests may ask of the provider, under /test: users, tokens without a browser, signatures, trouble.

import { createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

import { AUDIENCE, everything, users } from './configuration.mjs';

export function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

// Answers that stand in for the provider's, in turn, by path.
const troubles = new Map();

export function nextTrouble(path) {
  return troubles.get(path)?.shift();
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString() || '{}');
}

// An access token and a refresh token, as a login of that user would give.
async function tokens(provider, { user, client_id: clientId = 'hawk-cli' }) {
  const client = await provider.Client.find(clientId);
  const grant = everything(provider, user, clientId);
  const grantId = await grant.save();
  const common = { accountId: user, client, grantId, gty: 'authorization_code' };
  const access = new provider.AccessToken({ ...common, scope: 'hawk' });
  access.resourceServer = new provider.ResourceServer(AUDIENCE, {
    scope: 'hawk',
    audience: AUDIENCE,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  });
  const scope = 'openid profile email offline_access hawk';
  const refresh = new provider.RefreshToken({ ...common, scope, resource: AUDIENCE, rotations: 0 });
  return { access_token: await access.save(), refresh_token: await refresh.save() };
}

// Any claims under any header, by the key that signs now.
function signed(key, { claims, header }) {
  const parts = [{ alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...header }, claims];
  const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(input), createPrivateKey({ key, format: 'jwk' }));
  return { token: `${input}.${signature.toString('base64url')}` };
}

const actions = {
  users: async (state, { name, ...said }) => {
    users.set(name, said);
    return {};
  },
  tokens: (state, body) => tokens(state.provider, body),
  sign: async (state, body) => signed(state.keys[0], body),
  keys: async (state, { keep }) => {
    state.use([newKey(), ...(keep ? state.keys : [])]);
    return {};
  },
  trouble: async (state, { path, answers }) => {
    troubles.set(path, answers);
    return {};
  },
  left: async (state, { path }) => ({ left: troubles.get(path)?.length ?? 0 }),
};

function cookie(request, name) {
  const found = new RegExp(`(?:^|; )${name}=([^;]*)`).exec(request.headers.cookie ?? '');
  return found && decodeURIComponent(found[1]);
}

export async function answer(state, request, response) {
  const [, , what] = request.url.split('/');
  if (what === 'interaction') {
    // The browser's cookie says who sits in front of it.
    const accountId = cookie(request, 'test_user');
    await state.provider.interactionFinished(request, response, { login: { accountId }, consent: {} });
    return;
  }
  const body = JSON.stringify(await actions[what](state, await bodyOf(request)));
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}
