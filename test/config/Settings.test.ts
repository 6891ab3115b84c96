import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { readdirSync, readFileSync } from "node:fs"
import * as SettingsTable from "../../scripts/SettingsTable.ts"
import * as Settings from "../../src/config/Settings.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

const root = new URL("../../", import.meta.url)

const read = (path: string) => readFileSync(new URL(path, root), "utf8")

/** The value of a setting, and the warnings. */
const readWith = <A>(setting: Settings.Setting<A>, value: string | undefined) => {
  const warnings: Array<string> = []
  const logger = Logger.make(({ message }) => void warnings.push(String(message)))
  return Settings.read(TestEnvironment.make(value === undefined ? {} : { [setting.name]: value }), setting).pipe(
    Effect.map((value) => ({ value, warnings })),
    Effect.provide(Logger.replace(Logger.defaultLogger, logger))
  )
}

const expectValue = <A>(setting: Settings.Setting<A>, values: Readonly<Record<string, A>>) =>
  Effect.forEach(
    Object.entries(values),
    ([text, expected]) =>
      Effect.map(readWith(setting, text), (actual) => assert.deepStrictEqual(actual, { value: expected, warnings: [] }))
  )

describe("Settings.read", () => {
  it.effect("returns the default of an unset or empty variable", () =>
    Effect.forEach(Settings.all, (setting) =>
      Effect.gen(function*() {
        for (const value of [undefined, ""]) {
          assert.deepStrictEqual(yield* readWith(setting, value), { value: setting.default, warnings: [] })
        }
      })))

  it.effect("decodes paths, switches, durations and choices", () =>
    Effect.gen(function*() {
      yield* expectValue(Settings.configFile, { "~/a, b.json": Option.some("~/a, b.json"), " ": Option.some(" ") })
      yield* expectValue(Settings.agentPid, { "/run/pid": Option.some("/run/pid") })
      yield* expectValue(Settings.omitExpires, { "1": true, "true": true, yes: true, "0": false, "false": false })
      yield* expectValue(Settings.idleTimeout, { "5m": Duration.minutes(5), "-1s": Duration.infinity })
      yield* expectValue(Settings.logging, { off: "off", basic: "basic", debug: "debug" })
      yield* expectValue(Settings.logging, { "0": "off", "1": "basic", "2": "debug", "7": "debug", "-1": "off" })
    }))

  it.effect("warns about an invalid value without showing it, and returns the default", () =>
    Effect.gen(function*() {
      const canary = "CANARY-6d1f"
      const warnings: Array<string> = []
      for (const setting of [Settings.logging, Settings.agentPid, Settings.idleTimeout, Settings.pruneInterval]) {
        const result = yield* readWith<unknown>(setting, canary)
        assert.deepStrictEqual(result.value, setting.ifInvalid ?? setting.default)
        warnings.push(...result.warnings)
      }
      assert.deepStrictEqual(warnings, [
        "CREDENTIAL_HELPER_LOGGING is not off, basic or debug; using basic",
        "CREDENTIAL_HELPER_AGENT_PID is not an absolute path; using the default: no file",
        "CREDENTIAL_HELPER_IDLE_TIMEOUT is not a duration such as 3h or 90s; using the default: 3h",
        "CREDENTIAL_HELPER_PRUNE_INTERVAL is not a duration such as 3h or 90s; using the default: 1m"
      ])
    }))

  it.effect("are checked together, also those that no setting has", () =>
    Effect.gen(function*() {
      const warned = (variables: Readonly<Record<string, string>>) =>
        Provenance.recording((sofar) =>
          Effect.gen(function*() {
            yield* Settings.check(TestEnvironment.make(variables))
            return (yield* sofar).steps.flatMap((step) => step._tag === "Warned" ? [step.text] : [])
          })
        )
      assert.deepStrictEqual(yield* warned({ CREDENTIAL_HELPER_LOGGING: "debug", HOME: "/h" }), [])
      assert.deepStrictEqual(
        yield* warned({
          CREDENTIAL_HELPER_LOGING: "canary",
          CREDENTIAL_HELPER_IDLE_TIMEOUT: "3hours",
          CREDENTIAL_HELPER_COLOUR: "1",
          CREDENTIAL_HELPER_INSTALLER_RUN: "1"
        }),
        [
          "CREDENTIAL_HELPER_LOGING is no setting of this program. Did you mean CREDENTIAL_HELPER_LOGGING?",
          "CREDENTIAL_HELPER_IDLE_TIMEOUT is not a duration such as 3h or 90s; using the default: 3h",
          "CREDENTIAL_HELPER_COLOUR is no setting of this program."
        ]
      )
    }))

  it.effect.prop(
    "never fails",
    [FastCheck.constantFrom(...Settings.all), FastCheck.string()],
    ([setting, value]) => Effect.asVoid(readWith(setting, value))
  )

  it.effect("records the variable as an input", () =>
    Provenance.recording((soFar) =>
      Effect.gen(function*() {
        yield* Settings.get(Settings.omitExpires).pipe(Effect.provide(TestEnvironment.layer()))
        assert.deepStrictEqual((yield* soFar).inputs, [
          { _tag: "Variable", name: "CREDENTIAL_HELPER_OMIT_EXPIRES", fingerprint: "unset" }
        ])
      })
    ))
})

describe("Setting.config", () => {
  it.effect("loads from any ConfigProvider", () =>
    Effect.gen(function*() {
      const provider = ConfigProvider.fromMap(new Map([[Settings.idleTimeout.name, "90s"]]))
      assert.deepStrictEqual(yield* provider.load(Settings.idleTimeout.config), Duration.seconds(90))
      assert.deepStrictEqual(yield* provider.load(Settings.pruneInterval.config), Duration.minutes(1))
    }))
})

describe("Settings.all", () => {
  it("contains every variable of ours that the sources read", () => {
    const sources = readdirSync(new URL("src", root), { recursive: true }).map(String).filter((_) => _.endsWith(".ts"))
    const named = sources.flatMap((path) =>
      [...read(`src/${path}`).matchAll(/["${](CREDENTIAL_HELPER_[A-Z_]+[A-Z])\b/g)].map(([, name]) => name)
    )
    // It is only read for an error.
    const tweag = "CREDENTIAL_HELPER_INSTALLER_RUN"
    assert.sameMembers([...new Set(named)].filter((name) => name !== tweag), Settings.all.map(({ name }) => name))
  })
})

describe("docs/configuration.md", () => {
  it("has the table that scripts/docs.ts generates (run npm run docs to update it)", () => {
    const page = read(SettingsTable.page)
    assert.strictEqual(page, SettingsTable.update(page), "the table is out of date. Run npm run docs")
  })
})
