// The provider as Hawk's tests want it: a public native client, a robot with a secret, JWT access tokens with groups.

import { Memory } from './memory.mjs';

export const AUDIENCE = 'https://api.hawk.test';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const HOUR = 3600;

const people = {
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token', DEVICE],
  response_types: ['code'],
  redirect_uris: ['http://127.0.0.1/callback', 'http://127.0.0.1/auth/callback', 'http://localhost/auth/callback'],
};
const robots = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

const clients = [
  { client_id: 'hawk-cli', ...people },
  { client_id: 'hawk-cli-brief', ...people },
  { client_id: 'hawk-robot', client_secret: 'the-secret-of-a-robot', ...robots },
];

// What the tests said of each user; a robot is one by its client id.
export const users = new Map();

const of = (token) => users.get(token.accountId ?? token.clientId) ?? {};

function claimsOf(token) {
  const { email, groups = [], claims = {} } = of(token);
  return { email, groups, ...claims };
}

async function findAccount(ctx, id) {
  if (!users.has(id)) return undefined;
  return { accountId: id, claims: async () => ({ sub: id, ...claimsOf({ accountId: id }) }) };
}

export function everything(provider, accountId, clientId) {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope('openid profile email offline_access');
  grant.addResourceScope(AUDIENCE, 'hawk');
  return grant;
}

// Nobody is asked for consent.
async function loadExistingGrant(ctx) {
  const grant = everything(ctx.oidc.provider, ctx.oidc.session.accountId, ctx.oidc.client.clientId);
  await grant.save();
  return grant;
}

export function configuration(keys) {
  return {
    adapter: Memory,
    clients,
    jwks: { keys },
    cookies: { keys: ['of no use to anybody'] },
    findAccount,
    loadExistingGrant,
    claims: { openid: ['sub'], email: ['email'], profile: ['groups', 'name'] },
    conformIdTokenClaims: false,
    extraParams: ['audience'],
    extraTokenClaims: (ctx, token) => claimsOf(token),
    pkce: { required: () => true },
    rotateRefreshToken: () => true,
    issueRefreshToken: () => true,
    expiresWithSession: () => false,
    interactions: { url: (ctx, interaction) => `/test/interaction/${interaction.uid}` },
    renderError: (ctx, out) => {
      ctx.type = 'txt';
      ctx.body = `${out.error}: ${out.error_description}`;
    },
    ttl: {
      AccessToken: (ctx, token) => of(token).access_seconds ?? HOUR,
      ClientCredentials: (ctx, token) => of(token).access_seconds ?? HOUR,
      RefreshToken: (ctx, token) => of(token).refresh_seconds ?? 24 * HOUR,
      DeviceCode: (ctx, token, client) => (client.clientId === 'hawk-cli-brief' ? 2 : 600),
      Grant: 24 * HOUR,
      IdToken: HOUR,
      Interaction: HOUR,
      Session: HOUR,
    },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeConfirmSource: (ctx, form) => {
          ctx.body = form;
        },
        successSource: (ctx) => {
          ctx.body = 'approved';
        },
      },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'hawk',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  };
}
