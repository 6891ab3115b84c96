/** What goes wrong for the users of a credential helper, and what they are told. No row ends in silence. */
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import { base64, entry, login, type Mistake, old, secret } from "./Mistake.ts"

const images = { "team/app": FakeRegistry.image(), "other/app": FakeRegistry.image() }
const users = { dev: { password: secret, repositories: ["team/app"] } }

export const tokens = FakeRegistry.bearer({ users, images })
const basic = FakeRegistry.basic({ users, images })
const strict = FakeRegistry.bearer({ users, images, denies: "token" })

const config = "/.docker/config.json"

const logins: ReadonlyArray<Mistake> = [
  {
    wrong: "an expired password, at a registry with a token service",
    files: { [config]: login({ password: old }) },
    exit: 5,
    says: /refused the credential of docker config .*config\.json.*\(401.*docker login {host}/,
    asProcess: true
  },
  {
    wrong: "an expired identity token",
    files: { [config]: { auths: { "{host}": { auth: base64("<token>:"), identitytoken: old } } } },
    exit: 5,
    says: /refused the credential of docker config .*docker login {host}/
  },
  {
    wrong: "an expired password, at a registry with Basic",
    registry: basic,
    files: { [config]: login({ password: old }) },
    exit: 5,
    says: /refused the credential of docker config .*docker login {host}/,
    asProcess: true
  },
  {
    wrong: "no login, at a registry with Basic",
    registry: basic,
    exit: 0,
    says: /no header for {host}: .*docker login {host}/,
    asProcess: true
  },
  {
    wrong: "no login, at a registry whose token service refuses strangers",
    registry: strict,
    exit: 5,
    says: /refused an anonymous request .*docker login {host}/
  },
  {
    wrong: "no login, at a registry that gives strangers a token without access",
    exit: 5,
    says: /team\/app.*docker login {host}/
  },
  {
    wrong: "no right to the repository, with a token that opens nothing",
    uri: "{origin}/v2/other/app/manifests/latest",
    files: { [config]: login() },
    exit: 5,
    says: /docker config .*other\/app.*docker login {host}/,
    asProcess: true
  },
  {
    wrong: "no right to the repository, at a token service that refuses",
    registry: strict,
    uri: "{origin}/v2/other/app/manifests/latest",
    files: { [config]: login() },
    exit: 5,
    says: /refused the credential of docker config/
  },
  {
    wrong: "a login under another port",
    registry: basic,
    files: { [config]: login({ host: "registry.example.com:5000" }) },
    exit: 0,
    says: /no entry for {host}; it has registry\.example\.com:5000/
  },
  {
    wrong: "a login under another name of the same registry",
    registry: basic,
    files: { [config]: login({ host: "www.registry.example.com" }) },
    exit: 0,
    says: /no entry for {host}; it has www\.registry\.example\.com/
  }
]

const stores: ReadonlyArray<Mistake> = [
  {
    wrong: "a credential helper that is not installed",
    files: { [config]: { credHelpers: { "{host}": "xyz" } } },
    exit: 4,
    says: /docker-credential-xyz .*not (?:found|installed).*config\.json/,
    asProcess: true
  },
  {
    wrong: "a credential store that is not installed, with a login in it",
    files: { [config]: { auths: { "{host}": {} }, credsStore: "desktop" } },
    exit: 4,
    says: /docker-credential-desktop.*config\.json.*remove the line "credsStore".*docker login {host}/,
    asProcess: true
  },
  {
    wrong: "a credential store that is not installed, without a login in it",
    registry: basic,
    files: { [config]: { auths: {}, credsStore: "desktop" } },
    exit: 0,
    says: /docker-credential-desktop.*config\.json.*credsStore.*remove that line/,
    asProcess: true
  },
  {
    wrong: "a credential store that fails",
    files: { [config]: { auths: { "{host}": {} }, credsStore: "secretservice" } },
    programs: {
      "docker-credential-secretservice": { stderr: "Cannot autolaunch D-Bus without X11 $DISPLAY", exit: 1 }
    },
    exit: 4,
    says: /docker-credential-secretservice .*D-Bus/,
    asProcess: true
  },
  {
    wrong: "a credential store that fails, without a login for this registry",
    registry: basic,
    files: { [config]: { auths: {}, credsStore: "dev-container" } },
    programs: { "docker-credential-dev-container": { exit: 255 } },
    exit: 0,
    says: /docker-credential-dev-container/
  }
]

const dockerConfigs: ReadonlyArray<Mistake> = [
  {
    wrong: "a trailing comma in docker's config",
    registry: basic,
    files: { [config]: `{"auths":{\n"{host}":{"auth":"eA=="},}}` },
    exit: 0,
    says: /config\.json.*line 2/,
    asProcess: true
  },
  {
    wrong: "an auth that is not base64",
    files: { [config]: { auths: { "{host}": { auth: `dev:${secret}` } } } },
    exit: 3,
    says: /config\.json.*\$\.auths\["{host}"\]\.auth.*docker login/,
    asProcess: true
  },
  {
    wrong: "a directory in place of docker's config",
    registry: basic,
    files: { [config]: null },
    exit: 0,
    says: /config\.json.*directory/,
    asProcess: true
  },
  {
    wrong: "DOCKER_AUTH_CONFIG that is not JSON",
    variables: { DOCKER_AUTH_CONFIG: `{"auths":` },
    exit: 3,
    says: /DOCKER_AUTH_CONFIG.*JSON/,
    asProcess: true
  },
  {
    wrong: "DOCKER_AUTH_CONFIG in base64",
    variables: { DOCKER_AUTH_CONFIG: base64(`{"auths":{}}`) },
    exit: 3,
    says: /DOCKER_AUTH_CONFIG.*base64/,
    asProcess: true
  },
  {
    wrong: "REGISTRY_AUTH_FILE that names no file",
    variables: { REGISTRY_AUTH_FILE: "/nope/auth.json" },
    exit: 3,
    says: /REGISTRY_AUTH_FILE.*\/nope\/auth\.json|\/nope\/auth\.json.*REGISTRY_AUTH_FILE/,
    asProcess: true
  },
  {
    wrong: "DOCKER_CONFIG that names the file",
    files: { [config]: login() },
    variables: { DOCKER_CONFIG: "{home}/.docker/config.json" },
    exit: 3,
    says: /DOCKER_CONFIG.*(?:folder|directory)/,
    asProcess: true
  },
  {
    wrong: "two values in docker's config",
    registry: basic,
    files: { [config]: `{"auths":{}}}` },
    exit: 0,
    says: /config\.json.*(?:after|ignored)/
  }
]

const ourConfig: ReadonlyArray<Mistake> = [
  {
    wrong: "a trailing comma in the configuration",
    config: `{"urls":[{"helper":"oci"},,]}`,
    exit: 3,
    says: /\.tweag-credential-helper\.json.*(?:line|column)/,
    asProcess: true
  },
  { wrong: "a list as the configuration", config: "[]", exit: 3, says: /\.tweag-credential-helper\.json.*object/ },
  {
    wrong: "a misspelt key in the configuration",
    config: { urls: [{ host: "{host}", helper: "oci", config: { lookupChain: [] } }] },
    exit: 3,
    says: /lookupChain.*lookup_chain/,
    asProcess: true
  },
  { wrong: "url in place of urls", config: { url: [] }, exit: 3, says: /url.*urls/ },
  { wrong: "a helper in capitals", config: entry({ helper: "OCI" }), exit: 3, says: /OCI.*oci/ },
  { wrong: "docker as the helper", config: entry({ helper: "docker" }), exit: 3, says: /docker.*oci/ },
  {
    wrong: "a lookup_chain beside config",
    config: entry({ lookup_chain: [] }),
    exit: 3,
    says: /lookup_chain.*"?config"?/
  },
  {
    wrong: "a host with a scheme",
    config: { urls: [{ host: "https://{host}", helper: "oci" }] },
    exit: 3,
    says: /\$\.urls\[0\]\.host.*https:\/\/{host}.*{host}/
  },
  {
    wrong: "a host without its port",
    uri: "https://registry.example.com:5804/v2/team/app/manifests/latest",
    config: { urls: [{ host: "registry.example.com", helper: "oci" }] },
    exit: 0,
    says: /registry\.example\.com.*5804/
  },
  {
    wrong: "a path without its slash",
    config: entry({ path: "v2/team/*" }),
    exit: 3,
    says: /\$\.urls\[0\]\.path.*\//
  },
  {
    wrong: "an entry for every host in front of all others",
    config: { urls: [{ host: "*", helper: "null" }, { host: "{host}", helper: "oci" }] },
    exit: 0,
    says: /urls\[1\].*urls\[0\]/
  },
  { wrong: "required in quotes", config: entry({ required: "true" }), exit: 3, says: /required.*true or false/ },
  {
    wrong: "an entry of a chain without its binding",
    config: entry({ config: { lookup_chain: [{ source: "env", name: "T" }] } }),
    exit: 3,
    says: /binding/
  },
  {
    wrong: "the binding default for a registry",
    config: entry({ config: { lookup_chain: [{ source: "env", name: "T", binding: "default" }] } }),
    exit: 3,
    says: /binding.*username/
  },
  {
    wrong: "a source that this version does not have",
    config: entry({ config: { lookup_chain: [{ source: "vault", name: "T", binding: "password" }] } }),
    exit: 3,
    says: /source.*vault/
  },
  {
    wrong: "CREDENTIAL_HELPER_CONFIG_FILE that names no file",
    variables: { CREDENTIAL_HELPER_CONFIG_FILE: "/nope.json" },
    exit: 3,
    says: /\/nope\.json.*CREDENTIAL_HELPER_CONFIG_FILE|CREDENTIAL_HELPER_CONFIG_FILE.*\/nope\.json/,
    asProcess: true
  },
  {
    wrong: "an impossible value of a setting",
    variables: { CREDENTIAL_HELPER_GUESS_OCI_REGISTRY: "perhaps", CREDENTIAL_HELPER_LOGING: "debug" },
    registry: FakeRegistry.open({ images }),
    exit: 0,
    says: /CREDENTIAL_HELPER_LOGING.*CREDENTIAL_HELPER_LOGGING/
  }
]

const chain = entry({
  config: {
    lookup_chain: [
      { source: "env", name: "REG_USER", binding: "username" },
      { source: "env", name: "REG_PASSWORD", binding: "password" }
    ]
  }
})

const chains: ReadonlyArray<Mistake> = [
  {
    wrong: "an empty variable",
    config: { urls: [{ ...chain.urls[0], required: true }] },
    variables: { REG_USER: "dev", REG_PASSWORD: "" },
    exit: 4,
    says: /REG_PASSWORD: set, but empty/,
    asProcess: true
  },
  {
    wrong: "a misspelt variable",
    config: { urls: [{ ...chain.urls[0], required: true }] },
    variables: { REG_USER: "dev", REG_PASWORD: secret },
    exit: 4,
    says: /REG_PASSWORD: not set.*REG_PASWORD/,
    asProcess: true
  },
  {
    wrong: "a wrong password in a variable of the chain",
    config: chain,
    variables: { REG_USER: "dev", REG_PASSWORD: old },
    exit: 5,
    says: /REG_USER and REG_PASSWORD.*[Ss]et REG_USER and REG_PASSWORD/
  },
  {
    wrong: "required, without a login",
    config: entry({ required: true }),
    exit: 4,
    says: /no credential for {host}, which the configuration requires.*docker login {host}/,
    asProcess: true
  },
  {
    wrong: "required, for what is no image",
    uri: "{origin}/some/file.tgz",
    config: entry({ required: true }),
    files: { [config]: login() },
    exit: 4,
    says: /not a request to a registry.*urls\[0\].*"helper":"null"/
  },
  {
    wrong: "a token in quotes",
    uri: "https://github.com/o/r/releases/download/v1/x",
    config: { urls: [] },
    variables: { GH_TOKEN: `"${secret}"` },
    exit: 0,
    says: /GH_TOKEN.*quotes/
  },
  {
    wrong: "a token with a line break in it",
    uri: "https://github.com/o/r/releases/download/v1/x",
    config: { urls: [] },
    variables: { GH_TOKEN: `${secret}\n${old}` },
    exit: 5,
    says: /GH_TOKEN/
  },
  {
    wrong: "a broken hosts.yml",
    uri: "https://github.com/o/r/releases/download/v1/x",
    config: { urls: [] },
    files: { "/.config/gh/hosts.yml": "github.com:\n  oauth_token: [\n" },
    exit: 0,
    says: /hosts\.yml.*YAML/
  },
  {
    wrong: "no login at GitHub",
    uri: "https://github.com/o/r/releases/download/v1/x",
    config: { urls: [] },
    exit: 0,
    says: /no header for github\.com: .*gh auth login/
  }
]

const realm = (url: string) => FakeRegistry.bearer({ users, images, realm: url })

const registries: ReadonlyArray<Mistake> = [
  {
    wrong: "a registry that asks to wait",
    registry: tokens.pipe(FakeRegistry.limit("any", "3600")),
    exit: 6,
    says: /{host}.*3600 s/
  },
  {
    wrong: "a web page in place of a registry",
    registry: tokens.pipe(
      FakeRegistry.quirk({
        at: "any",
        answer: { status: 200, headers: { "content-type": "text/html" }, body: "<html>Log in</html>" }
      })
    ),
    exit: 6,
    says: /{host}.*web page/,
    asProcess: true
  },
  {
    wrong: "a registry that cannot make anything of the request",
    registry: tokens.pipe(FakeRegistry.fail("any", 400)),
    exit: 6,
    says: /{host}.*400/
  },
  {
    wrong: "a token service of another party",
    registry: realm("https://auth.example.net/token"),
    files: { [config]: login() },
    exit: 5,
    says: /auth\.example\.net.*"trusted_realms": \["auth\.example\.net"\]/
  },
  {
    wrong: "a token service at a private address",
    registry: realm("https://10.0.0.7:8443/token"),
    files: { [config]: login() },
    exit: 5,
    says: /10\.0\.0\.7:8443.*"trusted_realms": \["10\.0\.0\.7:8443"\]/
  },
  {
    wrong: "http to another machine",
    uri: "http://registry.example.net/v2/team/app/manifests/latest",
    config: { urls: [{ host: "registry.example.net", helper: "oci" }] },
    exit: 0,
    says: /no header for registry\.example\.net: .*https/
  },
  {
    wrong: "a host that no entry is for",
    uri: "https://files.example.com/a.tgz",
    exit: 0,
    says: /no header for files\.example\.com: no entry/
  },
  {
    wrong: "a registry that cannot be reached",
    uri: "https://down.example/v2/team/app/manifests/latest",
    config: { urls: [{ host: "down.example", helper: "oci" }] },
    exit: 6,
    says: /down\.example/
  },
  {
    wrong: "a URI that two programs read as two hosts",
    uri: "https://github.com\\@evil.example/o/r",
    exit: 2,
    says: /backslash/
  }
]

const elsewhere = (host: string): Mistake["config"] => ({ urls: [{ host, helper: "oci" }] })
const image = "/v2/team/app/manifests/latest"

/** What takes a real network, or time, to go wrong. */
export const network: ReadonlyArray<Mistake> = [
  {
    wrong: "a registry that is down, with a login",
    registry: tokens.pipe(FakeRegistry.fail("any", 503)),
    files: { [config]: login() },
    exit: 6,
    says: /{host}.*503/
  },
  {
    wrong: "a registry that is down, without a login",
    registry: tokens.pipe(FakeRegistry.fail("any", 503)),
    exit: 6,
    says: /{host} returned a server error \(503\)/
  },
  {
    wrong: "https to a registry that speaks http",
    uri: `https://{host}${image}`,
    exit: 6,
    says: /{host} speaks http, not https/
  },
  {
    wrong: "http to a registry that speaks https",
    uri: `http://{host}${image}`,
    tls: true,
    exit: 6,
    says: /{host}.*https/
  },
  {
    wrong: "a registry with a certificate of its own making",
    tls: true,
    exit: 6,
    says: /certificate of {host} is signed by "Test CA \w+".*NODE_EXTRA_CA_CERTS/
  },
  {
    wrong: "a CA certificate file that is missing",
    tls: true,
    variables: { SSL_CERT_FILE: "{home}/nope.pem" },
    exit: 6,
    says: /SSL_CERT_FILE {home}\/nope\.pem does not exist/
  },
  {
    wrong: "a port on which nothing listens",
    uri: `http://127.0.0.1:1${image}`,
    config: elsewhere("127.0.0.1:1"),
    exit: 6,
    says: /127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)/
  },
  {
    wrong: "a proxy that does not run",
    uri: `https://registry.example.net${image}`,
    config: elsewhere("registry.example.net"),
    variables: { HTTPS_PROXY: "http://127.0.0.1:1" },
    exit: 6,
    says: /proxy.*127\.0\.0\.1:1/
  },
  {
    wrong: "a SOCKS proxy",
    uri: `https://registry.example.net${image}`,
    config: elsewhere("registry.example.net"),
    variables: { HTTPS_PROXY: "socks5://127.0.0.1:1080" },
    exit: 6,
    says: /HTTPS_PROXY is a socks5 proxy/
  }
]

/** By kind. */
export const mistakes: Readonly<Record<string, ReadonlyArray<Mistake>>> = {
  "a login": logins,
  "a credential store": stores,
  "a docker config": dockerConfigs,
  "the configuration": ourConfig,
  "a chain": chains,
  "a registry": registries
}
