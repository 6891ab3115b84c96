import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { locate } from "../../src/docker/DockerConfigFiles.ts"
import type * as Provenance from "../../src/domain/Provenance.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import { entry, failure, home, lookup, text, user } from "./fixture.ts"

const paths = (...environment: Parameters<typeof TestEnvironment.make>) =>
  Effect.map(locate(TestEnvironment.make(...environment)), (files) => files.map(({ path }) => path))

const warned = ({ steps }: Provenance.Provenance) => steps.flatMap((step) => step._tag === "Warned" ? [step.text] : [])

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
        const files = Object.fromEntries(order.map((path, index) => [path, index < first ? "{}" : auths(path)]))
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
        `/home/u/.dockercfg: $["a.io"].auth: it is not base64. To replace it, run docker login a.io.`
      )
    }))

  it.effect("passes over a default place that cannot be used, with a warning", () =>
    Effect.gen(function*() {
      const next = { "/home/u/.config/containers/auth.json": auths("next") }
      const cases: ReadonlyArray<readonly [entry: MemoryFileSystem.Entry, warning: string | undefined]> = [
        [
          { text: auths("x"), mode: 0 },
          `${home} cannot be read (permission denied). Check its owner and mode: ls -l ${home}. It is ignored.`
        ],
        [
          `{"auths":{},}`,
          `${home}: $: it is not valid JSON (line 1, column 13). Fix the file, or delete it and run docker login again. It is ignored.`
        ],
        [
          Buffer.from(auths("x")).toString("base64"),
          `${home}: $: it is base64, and has to be the JSON itself. Fix the file, or delete it and run docker login again. It is ignored.`
        ],
        [
          MemoryFileSystem.directory,
          `${home} is a directory, and is ignored. Docker makes one where it mounts a file that is missing: rmdir ${home}`
        ],
        [
          " ".repeat(1024 * 1024 + 1),
          `${home} cannot be read (larger than 1 MiB). A configuration file is much smaller: check what is in it. It is ignored.`
        ],
        ["", undefined],
        ["null", undefined]
      ]
      for (const [entry, warning] of cases) {
        const { outcome, provenance } = yield* lookup({ files: { ...next, [home]: entry } }, "a.io")
        assert.propertyVal(outcome, "username", "next")
        assert.deepEqual(warned(provenance), warning === undefined ? [] : [warning])
      }
      assert.strictEqual(yield* user({ files: { ...next, "/home/u/.docker": "a file" } }, "a.io"), "next")
      assert.strictEqual(
        yield* user({ files: { ...next, [home]: `{"auths":{"a.io":1}}` } }, "a.io"),
        "AuthEntryInvalid"
      )
    }))

  it.effect("fails when a place that a variable names cannot be used, and says what is wrong", () =>
    Effect.gen(function*() {
      const files = {
        "/x/config.json": auths("x"),
        "/x/other.json": auths("x"),
        "/bad/config.json": `{"auths":\n{]}`,
        "/dir/config.json": MemoryFileSystem.directory,
        "/secret": { text: auths("x"), mode: 0 },
        [home]: auths("home")
      }
      const secret = auths("hunter2")
      const base64 = Buffer.from(secret).toString("base64")
      const holdsConfig =
        "holds a docker config, and has to name a place. Put the JSON of the config into DOCKER_AUTH_CONFIG instead."
      const cases: ReadonlyArray<readonly [name: string, value: string, message: string]> = [
        [
          "REGISTRY_AUTH_FILE",
          "/nope",
          "REGISTRY_AUTH_FILE names /nope, which does not exist. Set it to the path of a file, or unset it."
        ],
        [
          "REGISTRY_AUTH_FILE",
          "/x",
          "REGISTRY_AUTH_FILE names the directory /x, and has to name a file. Set it to a file, such as /x/auth.json, or unset it."
        ],
        [
          "REGISTRY_AUTH_FILE",
          "/bad/config.json",
          "/bad/config.json: $: it is not valid JSON (line 2, column 2). Fix the file, or delete it and run podman login again."
        ],
        [
          "REGISTRY_AUTH_FILE",
          "/secret",
          "/secret cannot be read (permission denied). Check its owner and mode: ls -l /secret"
        ],
        ["REGISTRY_AUTH_FILE", secret, `REGISTRY_AUTH_FILE ${holdsConfig}`],
        [
          "DOCKER_CONFIG",
          "/x/config.json",
          "DOCKER_CONFIG names the file /x/config.json, and has to name the directory of config.json. Set it to /x, or unset it."
        ],
        [
          "DOCKER_CONFIG",
          "/x/other.json",
          "DOCKER_CONFIG names the file /x/other.json, and has to name the directory of config.json. Unset it, and let REGISTRY_AUTH_FILE name the file."
        ],
        [
          "DOCKER_CONFIG",
          "/dir",
          "DOCKER_CONFIG names a place where /dir/config.json is a directory. Remove the directory: rmdir /dir/config.json."
        ],
        [
          "DOCKER_CONFIG",
          "/bad",
          "/bad/config.json: $: it is not valid JSON (line 2, column 2). Fix the file, or delete it and run docker login again."
        ],
        ["DOCKER_CONFIG", secret, `DOCKER_CONFIG ${holdsConfig}`],
        ["DOCKER_CONFIG", base64, `DOCKER_CONFIG ${holdsConfig}`]
      ]
      for (const [name, value, message] of cases) {
        const { outcome, provenance } = yield* lookup({ env: { [name]: value }, files }, "a.io")
        assert.propertyVal(outcome, "message", message)
        assert.propertyVal(outcome, "exitCode", 3)
        assert.notInclude(JSON.stringify(provenance), "hunter2")
        assert.notInclude(JSON.stringify(provenance), base64)
      }
    }))

  it.effect("takes a directory without config.json, a device, and an empty variable for no login", () =>
    Effect.gen(function*() {
      const files = { "/empty/.keep": "", [home]: auths("home") }
      assert.deepEqual(warned((yield* lookup({ env: { DOCKER_CONFIG: "/empty" }, files }, "a.io")).provenance), [])
      assert.strictEqual(yield* user({ env: { DOCKER_CONFIG: "/empty" }, files }, "a.io"), "none")
      assert.strictEqual(yield* user({ env: { DOCKER_CONFIG: "", REGISTRY_AUTH_FILE: "" }, files }, "a.io"), "home")
      const { outcome, provenance } = yield* lookup({ env: { DOCKER_CONFIG: "/none" }, files }, "a.io")
      assert.strictEqual(outcome, "none")
      assert.deepEqual(warned(provenance), [
        "DOCKER_CONFIG names /none, which does not exist: docker has no login there. Unset it, or run docker login."
      ])
    }))

  it.effect("warns of a file that other users can change, and uses it", () =>
    Effect.gen(function*() {
      const warnings = (mode: number, platform: Parameters<typeof TestEnvironment.make>[1] = {}) =>
        Effect.map(
          lookup({ files: { [home]: { text: auths("u"), mode } }, platform }, "a.io"),
          ({ outcome, provenance }) => {
            assert.propertyVal(outcome, "username", "u")
            return warned(provenance)
          }
        )
      for (const mode of [0o600, 0o400, 0o640, 0o644, 0o664]) assert.deepEqual(yield* warnings(mode), [])
      assert.deepEqual(yield* warnings(0o666), [
        `${home}: any user may write to it. Run chmod o-w ${home}.`
      ])
      // The files of the test belong to uid 1000.
      assert.deepEqual(yield* warnings(0o600, { uid: Option.some(1) }), [
        `${home} belongs to another user (uid 1000), who can change it. Check it: ls -l ${home}`
      ])
      assert.deepEqual(yield* warnings(0o666, { uid: Option.none() }), [])
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
