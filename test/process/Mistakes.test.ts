/** A part of the users' mistakes with real processes, files and a registry on a loopback port. */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdirSync } from "node:fs"
import * as FakeProcess from "../../src/testing/FakeProcess.ts"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import * as Filled from "../mistakes/Filled.ts"
import type { Mistake } from "../mistakes/Mistake.ts"
import { mistakes, network, tokens } from "../mistakes/mistakes.ts"
import * as World from "./World.ts"

const tried = [...Object.values(mistakes).flat().filter(({ asProcess }) => asProcess === true), ...network]

const checked = (users: World.Users, mistake: Mistake) =>
  Effect.gen(function*() {
    const world = yield* users.standalone
    const tls = mistake.tls === true ? { tls: "self-signed" } as const : {}
    const { origin } = yield* FakeRegistry.serve(mistake.registry ?? tokens, tls)
    const filled = Filled.fill(mistake, { host: origin.host, origin: origin.origin, home: world.home })
    for (const [path, text] of Object.entries(filled.files)) {
      if (text === null) mkdirSync(`${world.home}${path}`, { recursive: true })
      else world.write(path.slice(1), text)
    }
    for (const [name, program] of Object.entries(filled.programs)) {
      world.write(`bin/${name}`, FakeProcess.script(program), 0o755)
    }
    const run = (logging: string) => world.get(filled.uri, { ...filled.variables, CREDENTIAL_HELPER_LOGGING: logging })
    Filled.check(filled, yield* run(""), yield* run("basic"))
  })

for (const [form, users] of World.all) {
  describe(`a mistake, ${form}`, () => {
    for (const mistake of tried) it.scopedLive(mistake.wrong, () => checked(users, mistake))
  })
}
