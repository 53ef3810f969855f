// An identity provider for the tests of signing in: a real one, at which somebody is always signed in.
//
// Speaks TLS with the certificate in CERT and KEY, and the same in clear for a test's browser, which knows no
// certificates. Prints `issuer <url>` and `clear <url>`. In clear also:
//   GET /-/client?redirect=…                  where its client's browsers are sent back to, from now on
//   GET /-/as?sub=…&email=…&verified=…&name=… who is signed in from now on
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const tls = { cert: readFileSync(process.env.CERT), key: readFileSync(process.env.KEY) };
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
const people = new Map();
let provider;
let present = '';

function begin(issuer, redirect) {
  provider = new Provider(issuer, {
    clients: [{
      client_id: 'portico',
      client_secret: 'secret-of-the-door',
      redirect_uris: [redirect],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    }],
    jwks: { keys: [key] },
    cookies: { keys: [randomUUID()] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (ctx, interaction) => `/-/interaction/${interaction.uid}` },
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
    loadExistingGrant: async (ctx) => {
      const { client, session } = ctx.oidc;
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  provider.proxy = true;
}

const server = https.createServer(tls, (request, response) => provider.callback()(request, response));
server.listen(0, '127.0.0.1', () => {
  const host = `localhost:${server.address().port}`;
  const issuer = `https://${host}`;
  begin(issuer, 'http://127.0.0.1/callback');
  const clear = http.createServer(async (request, response) => {
    const url = new URL(request.url, issuer);
    request.headers.host = host;
    request.headers['x-forwarded-proto'] = 'https';
    if (url.pathname === '/-/client') {
      begin(issuer, url.searchParams.get('redirect'));
      response.end();
    } else if (url.pathname === '/-/as') {
      const { sub, email, verified, name } = Object.fromEntries(url.searchParams);
      people.set(sub, { email, email_verified: verified === 'yes', name });
      present = sub;
      response.end();
    } else if (url.pathname.startsWith('/-/interaction/')) {
      await provider.interactionFinished(request, response, { login: { accountId: present } });
    } else {
      provider.callback()(request, response);
    }
  });
  clear.listen(0, '127.0.0.1', () => {
    console.log(`issuer ${issuer}`);
    console.log(`clear http://127.0.0.1:${clear.address().port}`);
  });
});
