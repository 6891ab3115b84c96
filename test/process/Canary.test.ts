/** Puts a secret into every source, provokes every failure, and searches all output and files for the secret. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync, statSync } from "node:fs"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import * as World from "./World.ts"

const canary = "cAnArY"

const b64 = (text: string) => Buffer.from(text).toString("base64")

/** The canary in plain text, in base64 at each of its three offsets, and percent-encoded. */
const shapes = [
  canary,
  ...[0, 1, 2].map((offset) => b64(`${" ".repeat(offset)}${canary}`).slice(offset + (offset > 0 ? 1 : 0), -3)),
  [...canary].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join("")
]

const assertClean = (text: string, where: string): void => {
  for (const shape of shapes) assert.notInclude(text, shape, where)
}

/** Asserts that only stdout contains the secret. */
const clean = (output: World.Output, what: string): World.Output => {
  assertClean(output.stderr, `stderr of ${what}`)
  if (output.code !== 0) assertClean(output.stdout, `stdout of ${what}`)
  assert.isBelow(output.stderr.length, 64 * 1024)
  return output
}

const secret = (name: string) => `${canary}-${name}`

const image = FakeRegistry.image()

const environment = {
  CREDENTIAL_HELPER_LOGGING: "debug",
  GHCR_TOKEN: secret("ghcr"),
  GH_TOKEN: secret("gh"),
  NGC_API_KEY: secret("ngc"),
  SOME_SECRET: secret("some"),
  DOCKER_AUTH_CONFIG: `{"auths":{"broken.example.com":{"auth":"${secret("broken")}"}}}`
}

/** Variables that a failure needs. */
const variables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a variable that is not JSON": { DOCKER_AUTH_CONFIG: `{"auths":{"a.io":{"auth":"${secret("variable")}"` },
  "a config in place of a path": { REGISTRY_AUTH_FILE: `{"auths":{"a.io":{"auth":"${secret("path")}"}}}` }
}

/** Failures, and the configurations that cause them. */
const failures: Readonly<Record<string, (world: World.World, host: string) => string>> = {
  "a wrong password": (world, host) => {
    world.write(".docker/config.json", { auths: { [host]: World.auth("me", secret("password")) } })
    return `http://${host}/v2/org/app/manifests/latest`
  },
  "a refused identity token": (world, host) => {
    world.write(".docker/config.json", { auths: { [host]: { identitytoken: secret("identity") } } })
    return `http://${host}/v2/org/app/manifests/latest`
  },
  "a token that may not stand in a header": (world, host) => {
    world.write(".docker/config.json", { auths: { [host]: { registrytoken: `${secret("x")}\n` } } })
    return `http://${host}/v2/org/app/manifests/latest`
  },
  "auth that is not base64": (world, host) => {
    world.write(".docker/config.json", { auths: { [host]: { auth: `me:${secret("auth")}` } } })
    return `http://${host}/v2/org/app/manifests/latest`
  },
  "a docker config that is not JSON": (world, host) => {
    world.write(".docker/config.json", `{"auths":{"${host}":{"auth":"${secret("file")}"}`)
    return `http://${host}/v2/org/app/manifests/latest`
  },
  "a variable that is not JSON": (_, host) => `http://${host}/v2/org/app/manifests/latest`,
  "a config in place of a path": (_, host) => `http://${host}/v2/org/app/manifests/latest`,
  "a helper that fails after it printed a secret": (world, host) => {
    world.write(".docker/config.json", { credHelpers: { [host]: "bad" } })
    const answer = JSON.stringify({ Username: "u", Secret: secret("helper") })
    world.write("bin/docker-credential-bad", `#!/bin/sh\necho '${answer}'\nexit 3\n`, 0o755)
    return `http://${host}/v2/org/app/manifests/latest`
  },
  "a helper that prints something else": (world, host) => {
    world.write(".docker/config.json", { credHelpers: { [host]: "odd" } })
    world.write("bin/docker-credential-odd", `#!/bin/sh\necho 'password ${secret("odd")}'\n`, 0o755)
    return `http://${host}/v2/org/app/manifests/latest`
  },
  "a static secret beside a typing error": (world, host) => {
    world.write("workspace/.tweag-credential-helper.json", {
      urls: [{ host, helper: "oci", config: { lookup_chain: [{ source: "static", name: secret("s"), bindin: "x" }] } }]
    })
    return `http://${host}/v2/org/app/manifests/latest`
  },
  "an env secret that is no auth": (world, host) => {
    world.write("workspace/.tweag-credential-helper.json", {
      urls: [{
        host,
        helper: "oci",
        config: { lookup_chain: [{ source: "env", name: "SOME_SECRET", binding: "auth" }] }
      }]
    })
    return `http://${host}/v2/org/app/manifests/latest`
  },
  "secrets in the URI": (_, host) =>
    `http://me:${secret("user")}@${host}/v2/org/app/manifests/latest?sig=${secret("query")}#${secret("fragment")}`,
  "a host that is not there": (world) => {
    world.write("workspace/.tweag-credential-helper.json", {
      urls: [{
        host: "127.0.0.1:1",
        helper: "oci",
        config: { lookup_chain: [{ source: "env", name: "SOME_SECRET", binding: "password" }] }
      }]
    })
    return "http://127.0.0.1:1/v2/org/app/manifests/latest?token=cAnArY-query"
  }
}

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder).flatMap((name) => {
    const path = `${folder}/${name}`
    const info = statSync(path)
    return info.isDirectory() ? filesBelow(path) : info.isFile() ? [path] : []
  })

const registry = FakeRegistry.bearer({ users: { me: { password: "right" } }, images: { "org/app": image } })

describe.concurrent.each(World.all)("the program, %s,", (_, users) => {
  for (const [what, prepare] of Object.entries(failures)) {
    it.scopedLive(`leaks no secret from ${what}`, () =>
      Effect.gen(function*() {
        const world = yield* users.make()
        yield* Effect.addFinalizer(() => world.run(["agent-shutdown"]))
        const { origin } = yield* FakeRegistry.serve(registry)
        world.write("workspace/.tweag-credential-helper.json", World.loopback)
        const uri = prepare(world, origin.host)
        const caller = { ...environment, ...variables[what] }
        const alone = { ...caller, CREDENTIAL_HELPER_STANDALONE: "1" }
        const quiet = clean(yield* world.get(uri, { ...alone, CREDENTIAL_HELPER_LOGGING: "" }), what)
        assert.strictEqual(quiet.code === 0, what === "secrets in the URI", quiet.stderr)
        clean(yield* world.get(uri, alone), `${what}, debugged`)
        const served = clean(yield* world.get(uri, caller), `${what}, from the agent`)
        assert.strictEqual(served.code, quiet.code)
        const left = filesBelow(`${world.home}/.cache`)
        assert.lengthOf(left.filter((path) => path.endsWith(".log")), 1)
        for (const path of left) assertClean(readFileSync(path, "utf8"), path)
      }))
  }

  it.scopedLive("leaks no secret from answers, the agent, its files and its status", () =>
    Effect.gen(function*() {
      const world = yield* users.make({ ...environment, XDG_RUNTIME_DIR: "/nowhere" })
      const run = { ...environment, XDG_RUNTIME_DIR: `${world.home}/run` }
      const { origin } = yield* FakeRegistry.serve(FakeRegistry.basic({
        users: { me: { password: secret("basic") } },
        images: { "org/app": image }
      }))
      world.write("run/.keep", "", 0o600)
      world.write("workspace/.tweag-credential-helper.json", World.loopback)
      world.write(".docker/config.json", { auths: { [origin.host]: World.auth("me", secret("basic")) } })
      yield* Effect.addFinalizer(() => world.run(["agent-shutdown"], "", run))
      const uris = [
        `${origin}v2/org/app/manifests/latest`,
        "https://github.com/o/r/archive/v1.tar.gz",
        `https://github.com/o/r/x?token=${secret("query")}`,
        "ghcr.io",
        "nvcr.io"
      ]
      for (const uri of uris) {
        const output = clean(yield* world.get(uri, run), uri)
        assert.include(output.stdout, "Authorization", uri)
      }
      for (const args of [["agent-status"], ["agent-status", "--json"], ["agent-logs"], ["agent-invalidate"]]) {
        const output = yield* world.run(args, "", run)
        assert.strictEqual(output.code, 0, output.stderr)
        assertClean(output.stdout + output.stderr, args.join(" "))
      }
      for (const path of filesBelow(`${world.home}/run`)) assertClean(readFileSync(path, "utf8"), path)
    }))
})
