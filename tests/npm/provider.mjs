// A real identity provider for tests: `node provider.mjs PORT MUSTER` on loopback. Its keys are new at each start.
// Anybody signs in under any name: NAME@DOMAIN has the groups that stand in GROUPS below, `unverified` in a name says itself.
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const [port, muster] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: `key-${Date.now()}` };
const groups = { "nia@quillhaven.example": ["sre", "payments"], "ben@quillhaven.example": ["leads"] };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "muster",
      client_secret: "a secret: with / signs & more",
      redirect_uris: [`${muster}/auth/callback/sso`],
      post_logout_redirect_uris: [`${muster}/auth/login`],
      backchannel_logout_uri: `${muster}/auth/backchannel-logout`,
      backchannel_logout_session_required: true,
    },
  ],
  jwks: { keys: [key] },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  pkce: { required: () => true },
  features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true }, devInteractions: { enabled: true } },
  fetch: (url, { dispatcher, ...options }) => fetch(url, options), // its own dispatcher refuses loopback, where Muster is
  cookies: { keys: ["only a test"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: `subject-of-${id}`,
      email: id,
      email_verified: !id.includes("unverified"),
      name: `Person ${id.split("@")[0]}`,
      groups: groups[id] ?? [],
    }),
  }),
});
for (const event of ["server_error", "backchannel.error"]) provider.on(event, (_, error) => console.error(event, error));
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
