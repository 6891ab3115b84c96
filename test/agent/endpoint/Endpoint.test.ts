import { assert, describe, it } from "@effect/vitest"
import * as Endpoint from "../../../src/agent/endpoint/Endpoint.ts"
import * as NetworkVariables from "../../../src/http/NetworkVariables.ts"

const caller: Endpoint.Caller = {
  variables: { HOME: "/home/u" },
  platform: "linux",
  uid: 1000,
  build: "b1"
}

const socket = (changes: Partial<Endpoint.Caller> = {}) => Endpoint.fromCaller({ ...caller, ...changes })?.socket

describe("Endpoint", () => {
  it("is undefined on Windows, whatever is set", () => {
    for (const variables of [{}, { HOME: "/h" }, { CREDENTIAL_HELPER_AGENT_SOCKET: "/run/a.sock" }]) {
      assert.isUndefined(Endpoint.fromCaller({ ...caller, platform: "win32", variables }))
    }
  })

  it("is the same for all workspaces of a user", () => {
    for (const name of ["PWD", "BUILD_WORKSPACE_DIRECTORY", "CREDENTIAL_HELPER_WORKSPACE_DIRECTORY", "GH_TOKEN"]) {
      assert.strictEqual(socket({ variables: { ...caller.variables, [name]: "/w/a" } }), socket())
    }
  })

  it("differs by user, build, proxy and certificate settings", () => {
    const others = [
      { uid: 1001 },
      { build: "b2" },
      ...NetworkVariables.variables.map((name) => ({ variables: { ...caller.variables, [name]: "/x" } }))
    ].map(socket)
    assert.lengthOf([...new Set([socket(), ...others])], others.length + 1)
  })

  it("is undefined if a certificate file has a relative path", () => {
    for (const name of NetworkVariables.files) {
      assert.isUndefined(socket({ variables: { ...caller.variables, [name]: "rel.pem" } }))
    }
  })

  it("limits the socket path to 95 bytes", () => {
    const explicit = (path: string) => socket({ variables: { CREDENTIAL_HELPER_AGENT_SOCKET: path } })
    assert.strictEqual(explicit(`/${"x".repeat(94)}`)?.length, 95)
    assert.isUndefined(explicit(`/${"x".repeat(95)}`))
    assert.isUndefined(explicit(`/${"é".repeat(50)}`))
    assert.isUndefined(explicit("relative.sock"))
  })

  it("is in /tmp if no other directory is known or the path would be too long", () => {
    const homes = [{}, { HOME: "" }, { HOME: "relative" }, { HOME: `/${"é".repeat(40)}` }, { XDG_RUNTIME_DIR: "." }]
    for (const variables of homes) assert.match(`${socket({ variables })}`, /^\/tmp\/credential-helper-1000\/agent-/)
    assert.match(
      `${socket({ variables: { HOME: "/h", XDG_RUNTIME_DIR: "/run/u" } })}`,
      /^\/run\/u\/credential-helper\//
    )
  })

  it("differs between builds only in the last part of the name", () => {
    const [, first] = /^(.*-)[0-9a-z]+\.sock$/.exec(socket() ?? "") ?? []
    assert.isTrue(socket({ build: "b2" })?.startsWith(`${first}`))
    assert.isFalse(socket({ uid: 1001 })?.startsWith(`${first}`))
  })
})
