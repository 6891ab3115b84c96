import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import { eventually } from "../eventually.ts"
import * as World from "./World.ts"

const image = FakeRegistry.image()
const registry = FakeRegistry.bearer({ users: { me: { password: "secret-word" } }, images: { "org/app": image } })

const oneLine = (output: World.Output, code: number): string => {
  assert.strictEqual(output.code, code, output.stderr)
  assert.strictEqual(output.stdout, "")
  assert.match(output.stderr, /^credential-helper: [^\n]+\n$/)
  assert.isBelow(output.stderr.length, 2048)
  return output.stderr
}

const answered = (output: World.Output): Record<string, ReadonlyArray<string>> => {
  assert.deepStrictEqual([output.code, output.stderr], [0, ""])
  assert.match(output.stdout, /^\{.*\}\n$/)
  return JSON.parse(output.stdout).headers
}

describe.concurrent.each(World.all)("get, %s", (_, users) => {
  it.scopedLive("prints headers with which a private image can be downloaded", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const { count, origin: url } = yield* FakeRegistry.serve(registry)
      world.write("workspace/.tweag-credential-helper.json", World.loopback)
      world.write(".docker/config.json", { auths: { [url.host]: World.auth("me", "secret-word") } })
      const output = yield* world.get(`${url}v2/org/app/manifests/latest`)
      const headers = answered(output)
      assert.match(headers["Authorization"]?.[0] ?? "", /^Bearer /)
      assert.strictEqual(headers["Accept"]?.length, 1)
      assert.deepStrictEqual(headers["Docker-Distribution-API-Version"], ["registry/2.0"])
      assert.match(JSON.parse(output.stdout).expires, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.strictEqual(yield* count("token"), 1)

      const blob = yield* world.get(`${url}v2/org/app/blobs/${image.config.digest}`)
      assert.notProperty(answered(blob), "Accept")

      const withheld = yield* world.get(`${url}v2/org/app/manifests/latest`, { CREDENTIAL_HELPER_OMIT_EXPIRES: "1" })
      assert.notProperty(JSON.parse(withheld.stdout), "expires")
    }))

  it.scopedLive("prints no headers for other hosts", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const uris = [
        "https://example.com/file.tar.gz",
        "https://evilpkg.dev/v2/a/manifests/latest",
        "https://ghcr.io/token?scope=repository:a/b:pull",
        "https://bucket.s3.amazonaws.com/key?X-Amz-Signature=abc",
        "grpcs://remote.example.com/build.bazel.remote.execution.v2.Execution/Execute",
        "unix:///run/x.sock",
        "https://user:pass@ghcr.io/v2/a/b/manifests/latest",
        "http://ghcr.io/v2/a/b/manifests/latest",
        "https://github.com/org/repo/archive/v1.tar.gz"
      ]
      const outputs = yield* Effect.forEach(uris, (uri) => world.get(uri), { concurrency: 2 })
      for (const output of outputs) assert.strictEqual(output.stdout, `{"headers":{}}\n`, output.stderr)
    }))

  it.scopedLive("prints no headers for a URI that contains a user", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      for (const host of ["github.com", "raw.githubusercontent.com", "ghcr.io"]) {
        const output = yield* world.get(`https://me:pw@${host}/o/r/archive/x`, { GH_TOKEN: "t" })
        assert.strictEqual(output.stdout, `{"headers":{}}\n`, output.stderr)
      }
    }))

  it.scopedLive("fails when stdin cannot be read", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      oneLine(yield* world.shell(`"$PROGRAM" get < /`), 2)
    }))

  it.scopedLive("refuses a stdin of more than 1 MiB without waiting for its end", () =>
    Effect.gen(function*() {
      for (const env of [{}, { CREDENTIAL_HELPER_STANDALONE: "1" }]) {
        const world = yield* users.make(env)
        assert.include(oneLine(yield* world.shell(`yes | "$PROGRAM" get`), 2), "stdin is larger than 1 MiB")
      }
    }))

  it.scopedLive("rejects invalid requests without quoting them", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const inputs = ["", "not json pw-canary", "[]", "{}", `{"uri":7}`, `{"uri":""}`, `{"uri":null}`]
      const outputs = yield* Effect.forEach(inputs, (stdin) => world.run(["get"], stdin), { concurrency: 2 })
      for (const output of outputs) {
        const line = oneLine(output, 2)
        assert.include(line, "Expected one JSON object")
        assert.notInclude(line, "canary")
      }
      assert.include(oneLine(yield* world.get("not a uri"), 2), "cannot be parsed")
    }))

  it.scopedLive("reads Bazel's escaped JSON and ignores unknown members", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const output = yield* world.run(["get"], `{"uri":"https://h/x?a\\u003db\\u0026c\\u003d\\u0027","more":[1]}`)
      assert.strictEqual(output.stdout, `{"headers":{}}\n`)
    }))

  it.scopedLive("prints the registry's own credential for a bare host", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      world.write(".docker/config.json", {
        auths: { "registry.example.com": World.auth("u", "p"), "t.example.com": { registrytoken: "tok" } }
      })
      const [basic, bearer, none] = yield* Effect.all(
        [world.get("registry.example.com"), world.get("t.example.com"), world.get("other.example.com")],
        { concurrency: 2 }
      )
      assert.deepStrictEqual(answered(basic)["Authorization"], ["Basic dTpw"])
      assert.deepStrictEqual(answered(bearer)["Authorization"], ["Bearer tok"])
      assert.strictEqual(none.stdout, `{"headers":{}}\n`)
    }))

  it.scopedLive("uses Bearer for GitHub, and Basic for its raw files", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const env = { GH_TOKEN: "ght" }
      const [asset, raw, api] = yield* Effect.all([
        world.get("https://github.com/o/r/releases/download/v1/f", env),
        world.get("https://raw.githubusercontent.com/o/r/main/f", env),
        world.get("https://api.github.com/repos/o/r", { GH_TOKEN: "", GITHUB_TOKEN: "second" })
      ], { concurrency: 2 })
      assert.deepStrictEqual(answered(asset)["Authorization"], ["Bearer ght"])
      assert.deepStrictEqual(answered(raw)["Authorization"], [`Basic ${Buffer.from("ght:").toString("base64")}`])
      assert.deepStrictEqual(answered(api)["Authorization"], ["Bearer second"])
    }))

  it.scopedLive("reads the login file of gh, and notices a new login at once", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const uri = "https://github.com/o/r/releases/download/v1/f"
      world.write(".config/gh/hosts.yml", "github.com:\n    user: me\n    oauth_token: gho_old\n")
      assert.deepStrictEqual(answered(yield* world.get(uri))["Authorization"], ["Bearer gho_old"])
      world.write(".config/gh/hosts.yml", "github.com:\n  users:\n    me:\n      oauth_token: gho_new\n  user: me\n")
      assert.deepStrictEqual(answered(yield* world.get(uri))["Authorization"], ["Bearer gho_new"])
    }))

  it.scopedLive("reports what is wrong with the configuration, and how to fix it", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const uri = "https://quay.io/v2/org/app/manifests/latest"
      world.write("typo.json", { urls: [{ host: "quay.io", helper: "ocii" }] })
      const typo = yield* world.get(uri, { CREDENTIAL_HELPER_CONFIG_FILE: `${world.home}/typo.json` })
      const line = oneLine(typo, 3)
      for (const part of ["$.urls[0].helper", "ocii", `"oci"`]) assert.include(line, part)

      const gone = yield* world.get(uri, { CREDENTIAL_HELPER_CONFIG_FILE: `${world.home}/gone.json` })
      assert.include(oneLine(gone, 3), "gone.json")

      world.write("docker/config.json", { credHelpers: { "quay.io": "missing" } })
      const helper = yield* world.get(uri, { DOCKER_CONFIG: `${world.home}/docker` })
      for (const part of ["docker-credential-missing", `${world.home}/bin`]) assert.include(oneLine(helper, 4), part)

      world.write("required.json", { urls: [{ host: "github.com", helper: "github", required: true }] })
      const required = yield* world.get("https://github.com/o/r", {
        CREDENTIAL_HELPER_CONFIG_FILE: `${world.home}/required.json`
      })
      assert.include(oneLine(required, 4), "gh auth login")
    }))

  it.scopedLive("exits with 5 for a wrong password, and for a token service on another domain", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const { origin: url } = yield* FakeRegistry.serve(registry)
      world.write("workspace/.tweag-credential-helper.json", World.loopback)
      world.write(".docker/config.json", { auths: { [url.host]: World.auth("me", "wrong-word") } })
      const refused = oneLine(yield* world.get(`${url}v2/org/app/manifests/latest`), 5)
      assert.include(refused, `docker login ${url.host}`)
      assert.notInclude(refused, "wrong-word")

      const foreign = yield* FakeRegistry.serve(
        FakeRegistry.bearer({ realm: "https://auth.example.net/token", images: { "org/app": image } })
      )
      world.write(".docker/config.json", { auths: { [foreign.origin.host]: World.auth("me", "p") } })
      const line = oneLine(yield* world.get(`${foreign.origin}v2/org/app/manifests/latest`), 5)
      for (const part of [foreign.origin.host, "auth.example.net", "trusted_realms"]) assert.include(line, part)
    }))

  it.scopedLive("reads a configuration file with comments and trailing commas, and reports a syntax error in one", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const get = world.get("https://github.com/o/r/archive/v1.tar.gz", { GH_TOKEN: "t" })
      const file = `{\n  // Downloads are public.\n  "urls": [{ "host": "github.com", "helper": "null", },],\n}\n`
      world.write("workspace/.tweag-credential-helper.json", file)
      assert.strictEqual((yield* get).stdout, `{"headers":{}}\n`)
      world.write("workspace/.tweag-credential-helper.json", file.replace("[{", "[secret{"))
      const line = oneLine(yield* get, 3)
      assert.include(line, "$: not valid JSON at line 3, column 12;")
      assert.notInclude(line, "secret")
    }))

  it.scopedLive("rejects a configuration file that is a pipe at once", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const get = `mkfifo "$HOME/pipe" && echo '{"uri":"https://github.com/o/r/archive/v1.tar.gz"}' | "$PROGRAM" get`
      const output = yield* world.shell(get, { CREDENTIAL_HELPER_CONFIG_FILE: `${world.home}/pipe` })
      assert.include(oneLine(output, 3), "not a regular file")
    }))

  it.scopedLive("exits at once on SIGTERM, together with its helper executable", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      world.write("bin/docker-credential-slow", `#!/bin/sh\necho $$ > ${world.home}/pid\nexec sleep 60\n`, 0o755)
      world.write(".docker/config.json", { credHelpers: { "quay.io": "slow" } })
      const child = world.start(["get"])
      child.stdin?.end(`{"uri":"https://quay.io/v2/a/b/manifests/latest"}`)
      const pid = yield* eventually(Effect.sync(() => {
        const text = readFileSync(`${world.home}/pid`, "utf8")
        assert.match(text, /^\d+\n$/)
        return Number(text)
      }))
      const ended = Effect.async<number>((resume) => {
        const started = performance.now()
        child.on("exit", () => resume(Effect.succeed(performance.now() - started)))
        child.kill("SIGTERM")
      })
      assert.isBelow(yield* ended, 2000)
      assert.strictEqual(child.exitCode, 143)
      yield* World.gone(pid)
    }))
})
