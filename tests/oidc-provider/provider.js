// An identity provider for the tests: a real one, with keys that change when it is told so.
//
// Speaks TLS with the certificate in CERT and KEY. Prints `issuer <url>` and `control <url>`. Over the control
// listener, which is plain HTTP:
//   GET /token        an access token, got from the provider as its client gets it
//   GET /rotate       the provider has another key from now on
//   GET /name?key=…   tokens have this in the claim `portico_key` from now on
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const audience = 'https://api.example.test';
const tls = { cert: readFileSync(process.env.CERT), key: readFileSync(process.env.KEY) };
let provider;
let name = '';

function rotate(issuer) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
  provider = new Provider(issuer, {
    clients: [{
      client_id: 'till',
      client_secret: 'secret-of-the-till',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    }],
    jwks: { keys: [key] },
    extraTokenClaims: () => ({ portico_key: name }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: () => ({ audience, scope: '', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
      },
    },
  });
}

function token(port) {
  return new Promise((resolve, reject) => {
    const request = https.request({
      host: 'localhost', port, path: '/token', method: 'POST', ca: tls.cert, rejectUnauthorized: false,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }, (response) => {
      let body = '';
      response.on('data', (data) => { body += data; });
      response.on('end', () => resolve(JSON.parse(body).access_token));
    });
    request.on('error', reject);
    request.end('grant_type=client_credentials&client_id=till&client_secret=secret-of-the-till');
  });
}

const server = https.createServer(tls, (request, response) => provider.callback()(request, response));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const issuer = `https://localhost:${port}`;
  rotate(issuer);
  const control = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://control');
    if (url.pathname === '/rotate') rotate(issuer);
    if (url.pathname === '/name') name = url.searchParams.get('key');
    response.end(url.pathname === '/token' ? await token(port) : '');
  });
  control.listen(0, '127.0.0.1', () => {
    console.log(`issuer ${issuer}`);
    console.log(`control http://127.0.0.1:${control.address().port}`);
  });
});
