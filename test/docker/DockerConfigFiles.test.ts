import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { locate } from "../../src/docker/DockerConfigFiles.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import { entry, failure, home, lookup, text, user } from "./fixture.ts"

const paths = (...environment: Parameters<typeof TestEnvironment.make>) =>
  Effect.map(locate(TestEnvironment.make(...environment)), (files) => files.map(({ path }) => path))

const auths = (name: string) => text({ auths: { "a.io": entry(name) } })

describe("DockerConfigFiles", () => {
  it.effect("lists explicit files, docker's, podman's and docker's legacy file on Linux", () =>
    Effect.gen(function*() {
      assert.deepEqual(
        yield* paths({
          HOME: "/home/u",
          REGISTRY_AUTH_FILE: "/x/auth.json",
          DOCKER_CONFIG: "/cfg/",
          XDG_RUNTIME_DIR: "/run/user/1000",
          XDG_CONFIG_HOME: "/xdg"
        }),
        [
          "/x/auth.json",
          "/cfg/config.json",
          "/run/user/1000/containers/auth.json",
          "/xdg/containers/auth.json",
          "/home/u/.dockercfg"
        ]
      )
      assert.deepEqual(yield* paths({ HOME: "/home/u" }), [
        "/home/u/.docker/config.json",
        "/run/containers/1000/auth.json",
        "/home/u/.config/containers/auth.json",
        "/home/u/.dockercfg"
      ])
    }))

  it.effect("ignores XDG_RUNTIME_DIR for podman on macOS", () =>
    Effect.gen(function*() {
      const mac = { platform: "darwin", uid: Option.some(501) }
      assert.deepEqual(yield* paths({ HOME: "/Users/u", XDG_RUNTIME_DIR: "/run/user/501" }, mac), [
        "/Users/u/.docker/config.json",
        "/Users/u/.config/containers/auth.json",
        "/Users/u/.dockercfg"
      ])
      assert.deepEqual(yield* paths({ HOME: "/Users/u", XDG_CONFIG_HOME: "/xdg" }, mac), [
        "/Users/u/.docker/config.json",
        "/Users/u/.config/containers/auth.json",
        "/xdg/containers/auth.json",
        "/Users/u/.dockercfg"
      ])
    }))

  it.effect("uses USERPROFILE as the home on Windows", () =>
    Effect.gen(function*() {
      const windows = { platform: "win32", uid: Option.none(), cwd: "C:\\work" }
      assert.deepEqual(yield* paths({ USERPROFILE: "C:\\Users\\u", HOME: "/home/u" }, windows), [
        "C:\\Users\\u/.docker/config.json",
        "C:\\Users\\u/.config/containers/auth.json",
        "C:\\Users\\u/.dockercfg"
      ])
      assert.include(
        yield* paths({ USERPROFILE: "C:\\Users\\u", DOCKER_CONFIG: "D:\\docker\\" }, windows),
        "D:\\docker/config.json"
      )
    }))

  it.effect("lists only the files that variables name without a home and a user id", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* paths({}, { uid: Option.none() }), [])
      assert.deepEqual(yield* paths({}), ["/run/containers/1000/auth.json"])
      assert.deepEqual(yield* paths({ DOCKER_CONFIG: "/cfg", XDG_RUNTIME_DIR: "/run/u" }), [
        "/cfg/config.json",
        "/run/u/containers/auth.json"
      ])
    }))

  it.effect("falls back to the home of the user database when HOME is not set", () =>
    Effect.gen(function*() {
      assert.include(yield* paths({}, { userHome: Option.some("/home/db") }), "/home/db/.docker/config.json")
    }))

  it.effect("reads nothing from the working directory when a variable is empty", () =>
    Effect.gen(function*() {
      const env = { DOCKER_CONFIG: "", REGISTRY_AUTH_FILE: "", XDG_RUNTIME_DIR: "", XDG_CONFIG_HOME: "", HOME: "" }
      assert.deepEqual(yield* paths(env), ["/run/containers/1000/auth.json"])
      const files = {
        "config.json": auths("planted"),
        "containers/auth.json": auths("planted"),
        "/home/u/project/config.json": auths("planted"),
        "/home/u/project/containers/auth.json": auths("planted"),
        "/home/u/project/.docker/config.json": auths("planted")
      }
      assert.strictEqual(yield* user({ env, files }, "a.io"), "none")
    }))

  it.effect("resolves relative paths of docker's variables and ignores those of XDG and HOME", () =>
    Effect.gen(function*() {
      assert.deepEqual(
        yield* paths({ DOCKER_CONFIG: "ci/docker", REGISTRY_AUTH_FILE: "auth.json" }, { cwd: "/home/u/project" }),
        [
          "/home/u/project/auth.json",
          "/home/u/project/ci/docker/config.json",
          "/run/containers/1000/auth.json"
        ]
      )
      assert.deepEqual(
        yield* paths({ XDG_RUNTIME_DIR: "run", XDG_CONFIG_HOME: ".", HOME: "." }),
        ["/run/containers/1000/auth.json"]
      )
    }))

  it.effect("lists a file once when it is named twice", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* paths({ HOME: "/home/u", REGISTRY_AUTH_FILE: home, DOCKER_CONFIG: "/home/u/.docker" }), [
        home,
        "/run/containers/1000/auth.json",
        "/home/u/.config/containers/auth.json",
        "/home/u/.dockercfg"
      ])
    }))

  it.effect("uses DOCKER_CONFIG instead of ~/.docker, and looks in each file", () =>
    Effect.gen(function*() {
      const files = { [home]: auths("home"), "/cfg/config.json": auths("named") }
      assert.strictEqual(yield* user({ env: { DOCKER_CONFIG: "/cfg" }, files }, "a.io"), "named")
      assert.strictEqual(yield* user({ env: { DOCKER_CONFIG: "/none" }, files }, "a.io"), "none")
      assert.strictEqual(
        yield* user({ files: { "/home/u/.config/containers/auth.json": auths("podman") }, config: {} }, "a.io"),
        "podman"
      )
    }))

  it.effect("prefers each file to the next", () =>
    Effect.gen(function*() {
      const order = [
        "/x/auth.json",
        "/cfg/config.json",
        "/run/user/1000/containers/auth.json",
        "/xdg/containers/auth.json"
      ]
      const env = {
        REGISTRY_AUTH_FILE: "/x/auth.json",
        DOCKER_CONFIG: "/cfg",
        XDG_RUNTIME_DIR: "/run/user/1000",
        XDG_CONFIG_HOME: "/xdg"
      }
      for (const [first, path] of order.entries()) {
        const files = Object.fromEntries(order.slice(first).map((path) => [path, auths(path)]))
        const { outcome } = yield* lookup({ env, files }, "a.io")
        assert.deepInclude(outcome, { username: path, path })
      }
    }))

  it.effect("reads ~/.dockercfg last, for its entries only, and ignores paths in its keys", () =>
    Effect.gen(function*() {
      const old = {
        "https://index.docker.io/v1/": entry("hub"),
        "a.io/v1/": entry("a"),
        "b.io/some/path": entry("b"),
        auths: { "c.io": entry("c") },
        credsStore: "x"
      }
      const files = { "/home/u/.dockercfg": text(old) }
      assert.strictEqual(yield* user({ files }, "registry-1.docker.io", "library/busybox"), "hub")
      assert.strictEqual(yield* user({ files }, "a.io", "org/image"), "a")
      assert.strictEqual(yield* user({ files }, "b.io", "other/image"), "b")
      assert.strictEqual(yield* user({ files }, "c.io"), "none")
      assert.strictEqual(yield* user({ files, config: { auths: { "a.io": entry("new") } } }, "a.io"), "new")
      assert.strictEqual(
        (yield* failure({ files: { "/home/u/.dockercfg": text({ "a.io": { auth: "!" } }) } }, "a.io")).message,
        `/home/u/.dockercfg: $["a.io"].auth: it is not base64. Log in again: docker login a.io`
      )
    }))

  it.effect("fails on an unreadable file, and skips a directory or a path below a file", () =>
    Effect.gen(function*() {
      const next = { "/home/u/.config/containers/auth.json": auths("next") }
      const error = yield* failure({ files: { ...next, [home]: { text: auths("x"), mode: 0 } } }, "a.io")
      assert.deepInclude({ ...error }, { _tag: "FileUnreadable", path: home, reason: "permission denied" })
      assert.strictEqual(yield* user({ files: { ...next, [home]: MemoryFileSystem.directory } }, "a.io"), "next")
      assert.strictEqual(yield* user({ files: { ...next, "/home/u/.docker": "a file" } }, "a.io"), "next")
    }))

  it.effect("does not open a file after a credential has been found", () =>
    Effect.gen(function*() {
      const files = { "/home/u/.config/containers/auth.json": "}{" }
      const answer = yield* lookup({ files, config: { auths: { "a.io": entry("u") } } }, "a.io")
      assert.deepInclude(answer.outcome, { username: "u" })
      const read = answer.provenance.inputs.flatMap((input) => input._tag === "File" ? input.path : [])
      assert.deepEqual(read, [home])
    }))

  it.effect("records every variable and file as an input of the answer", () =>
    Effect.gen(function*() {
      const { outcome, provenance } = yield* lookup({}, "a.io")
      assert.strictEqual(outcome, "none")
      assert.deepEqual(
        provenance.inputs.map((input) => input._tag === "File" ? input.path : input.name),
        [
          "DOCKER_AUTH_CONFIG",
          "HOME",
          "REGISTRY_AUTH_FILE",
          "DOCKER_CONFIG",
          "XDG_CONFIG_HOME",
          "XDG_RUNTIME_DIR",
          home,
          "/run/containers/1000/auth.json",
          "/home/u/.config/containers/auth.json",
          "/home/u/.dockercfg"
        ]
      )
    }))
})
