import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as DockerLogin from "../../src/source/DockerLogin.ts"
import { answering, entry, type Setup, target, text, withSetup } from "./fixture.ts"

const renew = (setup: Setup, host: string, repository?: string) =>
  Effect.flatMap(DockerLogin.DockerLogin, ({ find }) => find(target(host, repository))).pipe(
    Effect.map((found) => Option.getOrThrow(found).credential.renew),
    Effect.provide(withSetup(setup))
  )

const login = entry("u")
const hub = "https://index.docker.io/v1/"
const podman = (auths: unknown): Setup => ({
  env: { REGISTRY_AUTH_FILE: "/auth.json" },
  files: { "/auth.json": text({ auths }) }
})
const removing = (at: string, command: string) => `remove ${at} from /home/u/.docker/config.json, then run ${command}`

describe("the advice to renew a login", () => {
  it.effect("is the login command whose entry goes before the refused one", () =>
    Effect.gen(function*() {
      const docker = (key: string) => ({ config: { auths: { [key]: login } } })
      assert.strictEqual(yield* renew(docker("a.io"), "a.io"), "run docker login a.io")
      assert.strictEqual(yield* renew(docker("https://A.io/v1/"), "a.io"), "run docker login a.io")
      assert.strictEqual(yield* renew(docker("a.io:5000"), "a.io:5000"), "run docker login a.io:5000")
      assert.strictEqual(yield* renew(docker(hub), "registry-1.docker.io"), "run docker login")
      assert.strictEqual(yield* renew(docker("docker.io"), "docker.io"), "run docker login")
      assert.strictEqual(
        yield* renew(docker("a.io/team"), "a.io", "team/app"),
        removing(`$.auths["a.io/team"]`, "docker login a.io")
      )
      assert.strictEqual(yield* renew(podman({ "a.io": login }), "a.io"), "run podman login a.io")
      assert.strictEqual(yield* renew(podman({ "a.io/team": login }), "a.io", "team/app"), "run podman login a.io/team")
      assert.strictEqual(yield* renew(podman({ "docker.io": login }), "docker.io"), "run podman login docker.io")
      assert.match(
        `${yield* renew(podman({ [hub]: login }), "docker.io")}`,
        /^remove .*, then run podman login docker\.io$/
      )
      const legacy = { files: { "/home/u/.dockercfg": text({ "a.io/v1": login }) } }
      assert.strictEqual(yield* renew(legacy, "a.io"), "run docker login a.io")
    }))

  it.effect("removes a store that is not installed, to which docker would write", () =>
    Effect.gen(function*() {
      const config = { credsStore: "desktop", auths: { "a.io": login } }
      assert.strictEqual(yield* renew({ config }, "a.io"), removing(`the line "credsStore"`, "docker login a.io"))
    }))

  it.effect("names the variable that holds the config", () =>
    Effect.gen(function*() {
      const env = { DOCKER_AUTH_CONFIG: text({ auths: { "a.io": login } }) }
      assert.strictEqual(
        yield* renew({ env }, "a.io"),
        "put another login into DOCKER_AUTH_CONFIG, or unset it and run docker login a.io"
      )
    }))

  it.effect("is docker login for a helper that stores logins, and the helper itself for others", () =>
    Effect.gen(function*() {
      const byHelper = (name: string, config: unknown, host = "a.io") =>
        renew({ config, helpers: { [`docker-credential-${name}`]: answering({ Username: "u", Secret: "p" }) } }, host)
      for (const name of ["desktop", "pass", "osxkeychain", "wincred", "secretservice"]) {
        assert.strictEqual(yield* byHelper(name, { credsStore: name }), "run docker login a.io")
        assert.strictEqual(yield* byHelper(name, { credHelpers: { "a.io": name } }), "run docker login a.io")
      }
      for (const name of ["ecr-login", "gcloud", "gcr", "acr-env"]) {
        const byHand =
          `check the login behind docker-credential-${name} by hand: echo a.io | docker-credential-${name} get`
        assert.strictEqual(yield* byHelper(name, { credsStore: name }), byHand)
        assert.strictEqual(yield* byHelper(name, { credHelpers: { "a.io": name } }), byHand)
      }
      assert.strictEqual(
        yield* byHelper("pass", { credHelpers: { "https://a.io": "pass" } }),
        "check the login behind docker-credential-pass by hand: echo https://a.io | docker-credential-pass get"
      )
    }))
})
