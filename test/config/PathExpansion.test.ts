import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as PathExpansion from "../../src/config/PathExpansion.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

type Variables = Parameters<typeof TestEnvironment.make>[0]
type Options = Parameters<typeof TestEnvironment.make>[1]

const expand = (path: string, variables: Variables = {}, options: Options = {}) =>
  Effect.map(PathExpansion.make(TestEnvironment.make(variables, options)).expand(path), Option.getOrUndefined)

const same = (path: string, expected: string | undefined, variables?: Variables, options?: Options) =>
  Effect.map(expand(path, variables, options), (found) => assert.strictEqual(found, expected))

describe("PathExpansion.expand", () => {
  it.effect("expands %workspace% to the setting, else Bazel's variable, else the working directory", () =>
    Effect.gen(function*() {
      const both = { CREDENTIAL_HELPER_WORKSPACE_DIRECTORY: "/own", BUILD_WORKSPACE_DIRECTORY: "/bazel" }
      yield* same("%workspace%/a.json", "/own/a.json", both)
      yield* same("%workspace%/a.json", "/bazel/a.json", { ...both, CREDENTIAL_HELPER_WORKSPACE_DIRECTORY: "" })
      yield* same("%workspace%/a.json", "/home/u/project/a.json")
      yield* same("%workspace%", "/home/u/project")
      yield* same("%workspace%a.json", "/home/u/project/a.json")
      yield* same("%workspace%/a.json", "/home/u/project/sub/a.json", { CREDENTIAL_HELPER_WORKSPACE_DIRECTORY: "sub" })
    }))

  it.effect("expands ~ to the home directory, and leaves ~name alone", () =>
    Effect.gen(function*() {
      yield* same("~/a", "/home/u/a", { HOME: "/home/u" })
      yield* same("~", "/home/u", { HOME: "/home/u" })
      yield* same("~//a", "/home/u/a", { HOME: "/home/u/" })
      yield* same("~root/a", "/home/u/project/~root/a", { HOME: "/home/u" })
      yield* same("~/a", "/a", { HOME: "/" })
    }))

  it.effect("returns no path when there is no home directory", () =>
    Effect.gen(function*() {
      yield* same("~/a", undefined)
      yield* same("%cache%/a", undefined)
      yield* same("%workdir%/a", undefined)
      yield* same("~/a", undefined, { HOME: "" })
      yield* same("~/a", "/nonexistent/a", {}, { userHome: Option.some("/nonexistent") })
    }))

  it.effect("expands %tmp% to the directory of a Bazel test, else the caller's, else the system's", () =>
    Effect.gen(function*() {
      yield* same("%tmp%/a", "/tmp/a")
      yield* same("%tmp%/a", "/own/a", { TMPDIR: "/own" })
      yield* same("%tmp%/a", "/tmp/a", { TMPDIR: "relative" })
      yield* same("%tmp%/a", "/test/a", { TEST_TMPDIR: "/test", TMPDIR: "/own" })
    }))

  it.effect("expands %cache% to the cache directory of the platform", () =>
    Effect.gen(function*() {
      yield* same("%cache%/a", "/home/u/.cache/a", { HOME: "/home/u" })
      yield* same("%cache%/a", "/xdg/a", { HOME: "/home/u", XDG_CACHE_HOME: "/xdg" })
      yield* same("%cache%/a", "/home/u/.cache/a", { HOME: "/home/u", XDG_CACHE_HOME: "relative" })
      yield* same("%cache%/a", "/home/u/.cache/a", { HOME: "/home/u", XDG_CACHE_HOME: "" })
      yield* same("%cache%/a", "/Users/u/Library/Caches/a", { HOME: "/Users/u", XDG_CACHE_HOME: "/xdg" }, {
        platform: "darwin"
      })
      yield* same("%cache%\\a", "C:\\Users\\u\\Local/a", { LOCALAPPDATA: "C:\\Users\\u\\Local" }, { platform: "win32" })
      yield* same("%cache%/a", "/test/a", { HOME: "/home/u", TEST_TMPDIR: "/test" })
    }))

  it.effect("expands %workdir% to the directory of tweag/credential-helper, named by the MD5 of the workspace's path", () =>
    Effect.gen(function*() {
      yield* same("%workdir%/bin", "/home/u/.cache/tweag-credential-helper/67f3f4203f858a74922731286d2bc3f0/bin", {
        HOME: "/home/u"
      })
      yield* same("%workdir%/bin", "/own/bin", { HOME: "/home/u", CREDENTIAL_HELPER_WORKDIR: "/own" })
    }))

  it.effect("resolves a relative path against the caller's working directory", () =>
    Effect.gen(function*() {
      yield* same("a/b.json", "/home/u/project/a/b.json")
      yield* same("./b.json", "/home/u/project/b.json")
      yield* same("/a/b.json", "/a/b.json")
      yield* same("C:\\a", "C:\\a", {}, { platform: "win32", cwd: "C:\\ws" })
      yield* same("a", "C:\\ws/a", {}, { platform: "win32", cwd: "C:\\ws" })
    }))

  it.prop(
    "makes any path absolute, or returns none when there is no home directory",
    [
      FastCheck.oneof(
        FastCheck.string(),
        FastCheck.tuple(FastCheck.constantFrom("~", "%tmp%", "%cache%", "%workdir%", "%workspace%"), FastCheck.string())
          .map((_) => _.join(""))
      ),
      FastCheck.boolean()
    ],
    ([path, home]) => {
      const found = Effect.runSync(expand(path, home ? { HOME: "/home/u" } : {}))
      if (found === undefined) assert.isFalse(home)
      else assert.isTrue(found.startsWith("/"))
    }
  )

  it.effect("records the variables that it reads", () =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        yield* expand("%workspace%/a", {})
        assert.deepStrictEqual(
          (yield* sofar).inputs.map((input) => input._tag === "Variable" ? input.name : input._tag),
          ["CREDENTIAL_HELPER_WORKSPACE_DIRECTORY", "BUILD_WORKSPACE_DIRECTORY"]
        )
      })
    ))
})
