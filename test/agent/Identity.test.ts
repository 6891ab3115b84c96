import { assert, describe, it } from "@effect/vitest"
import * as Identity from "../../src/agent/Identity.ts"
import * as ProcessSettings from "../../src/domain/ProcessSettings.ts"

const caller: Identity.Caller = {
  variables: { HOME: "/home/u" },
  platform: "linux",
  uid: 1000,
  build: "b1"
}

const socket = (changes: Partial<Identity.Caller> = {}) => Identity.place({ ...caller, ...changes })?.socket

describe("Identity", () => {
  it("reference defect 21: on Windows there is no agent to lose, whatever is set", () => {
    for (const variables of [{}, { HOME: "/h" }, { CREDENTIAL_HELPER_AGENT_SOCKET: "/run/a.sock" }]) {
      assert.isUndefined(Identity.place({ ...caller, platform: "win32", variables }))
    }
  })

  it("reference defect 23: one agent for all workspaces of a user: no variable of a workspace counts", () => {
    for (const name of ["PWD", "BUILD_WORKSPACE_DIRECTORY", "CREDENTIAL_HELPER_WORKSPACE_DIRECTORY", "GH_TOKEN"]) {
      assert.strictEqual(socket({ variables: { ...caller.variables, [name]: "/w/a" } }), socket())
    }
  })

  it("another user, build, proxy or certificate is another agent", () => {
    const others = [
      { uid: 1001 },
      { build: "b2" },
      ...ProcessSettings.variables.map((name) => ({ variables: { ...caller.variables, [name]: "x" } }))
    ].map(socket)
    assert.lengthOf([...new Set([socket(), ...others])], others.length + 1)
  })

  it("builds differ in the last part of the name alone", () => {
    const [, first] = /^(.*-)[0-9a-z]+\.sock$/.exec(socket() ?? "") ?? []
    assert.isTrue(socket({ build: "b2" })?.startsWith(`${first}`))
    assert.isFalse(socket({ uid: 1001 })?.startsWith(`${first}`))
  })
})
