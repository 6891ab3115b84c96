import { assert, describe, it } from "@effect/vitest"
import * as Endpoint from "../../../src/agent/endpoint/Endpoint.ts"
import * as NetworkVariables from "../../../src/http/NetworkVariables.ts"

const caller: Endpoint.Caller = {
  variables: { HOME: "/home/u" },
  platform: "linux",
  uid: 1000,
  build: "b1"
}

const socket = (changes: Partial<Endpoint.Caller> = {}) => Endpoint.place({ ...caller, ...changes })?.socket

describe("Identity", () => {
  it("reference defect 21: on Windows there is no agent to lose, whatever is set", () => {
    for (const variables of [{}, { HOME: "/h" }, { CREDENTIAL_HELPER_AGENT_SOCKET: "/run/a.sock" }]) {
      assert.isUndefined(Endpoint.place({ ...caller, platform: "win32", variables }))
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
      ...NetworkVariables.variables.map((name) => ({ variables: { ...caller.variables, [name]: "/x" } }))
    ].map(socket)
    assert.lengthOf([...new Set([socket(), ...others])], others.length + 1)
  })

  it("a certificate file that only the caller's folder makes sense of is no agent's", () => {
    for (const name of NetworkVariables.files) {
      assert.isUndefined(socket({ variables: { ...caller.variables, [name]: "rel.pem" } }))
    }
  })

  it("a path is measured in bytes, with room for the name that it is bound under first", () => {
    const explicit = (path: string) => socket({ variables: { CREDENTIAL_HELPER_AGENT_SOCKET: path } })
    assert.strictEqual(explicit(`/${"x".repeat(94)}`)?.length, 95)
    assert.isUndefined(explicit(`/${"x".repeat(95)}`))
    assert.isUndefined(explicit(`/${"é".repeat(50)}`))
    assert.isUndefined(explicit("relative.sock"))
  })

  it("without a folder of ours, or in one that is too deep, it is in /tmp", () => {
    const homes = [{}, { HOME: "" }, { HOME: "relative" }, { HOME: `/${"é".repeat(40)}` }, { XDG_RUNTIME_DIR: "." }]
    for (const variables of homes) assert.match(`${socket({ variables })}`, /^\/tmp\/credential-helper-1000\/agent-/)
    assert.match(
      `${socket({ variables: { HOME: "/h", XDG_RUNTIME_DIR: "/run/u" } })}`,
      /^\/run\/u\/credential-helper\//
    )
  })

  it("builds differ in the last part of the name alone", () => {
    const [, first] = /^(.*-)[0-9a-z]+\.sock$/.exec(socket() ?? "") ?? []
    assert.isTrue(socket({ build: "b2" })?.startsWith(`${first}`))
    assert.isFalse(socket({ uid: 1001 })?.startsWith(`${first}`))
  })
})
