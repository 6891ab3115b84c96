// @effect-diagnostics asyncFunction:off
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
    assert.isUndefined(socket({ variables: { ...caller.variables, SSL_CERT_DIR: "/etc/ssl/certs:rel" } }))
    assert.isDefined(socket({ variables: { ...caller.variables, SSL_CERT_DIR: "/etc/ssl/certs:/corp" } }))
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

  it("falls back to /tmp where a directory of another user is in the way", async () => {
    const own = { uid: 1000, mode: 0o40700 }
    const root = { uid: 0, mode: 0o40755 }
    const tmp = { uid: 0, mode: 0o41777 }
    const other = { uid: 1001, mode: 0o40700 }
    const cases: ReadonlyArray<readonly [files: Readonly<Record<string, typeof own>>, foreign: string | undefined]> = [
      [{ "/": root, "/home": root, "/home/u": own }, undefined],
      [{ "/": root, "/home/u": own, "/home/u/.cache": own, "/home/u/.cache/credential-helper": own }, undefined],
      // Another user's home directory, as under sudo -E.
      [{ "/": root, "/home": root, "/home/u": other }, "/home/u"],
      // What sudo -E left there.
      [{ "/": root, "/home/u": own, "/home/u/.cache": root }, "/home/u/.cache"],
      [
        { "/home/u": own, "/home/u/.cache": own, "/home/u/.cache/credential-helper": root },
        "/home/u/.cache/credential-helper"
      ],
      // A home directory that does not exist.
      [{ "/": root }, "/"],
      [{ "/": root, "/home": tmp }, undefined],
      // In a sticky directory, another user may own the directory of that name.
      [{ "/": root, "/home/u/.cache/credential-helper": tmp }, "/home/u/.cache/credential-helper"],
      [{}, undefined]
    ]
    for (const [files, path] of cases) {
      const stat: Endpoint.Stat = (path) => path in files ? Promise.resolve(files[path] ?? own) : Promise.reject(path)
      const found = Endpoint.fromCaller(caller)
      assert.isDefined(found)
      if (found === undefined) continue
      const foreign = await Endpoint.findForeign(found.directory, 1000, stat)
      assert.strictEqual(foreign?.path, path)
      const chosen = await Endpoint.choose(found, 1000, stat)
      const directory = path === undefined ? "/home/u/.cache/credential-helper" : "/tmp/credential-helper-1000"
      assert.strictEqual(chosen.directory, directory)
    }
  })

  it("has no fallback if the user has set the socket path", async () => {
    const found = Endpoint.fromCaller({ ...caller, variables: { CREDENTIAL_HELPER_AGENT_SOCKET: "/run/x/a.sock" } })
    assert.deepStrictEqual(found, { directory: "/run/x", socket: "/run/x/a.sock" })
  })

  it("differs between builds only in the last part of the name", () => {
    const [, first] = /^(.*-)[0-9a-z]+\.sock$/.exec(socket() ?? "") ?? []
    assert.isTrue(socket({ build: "b2" })?.startsWith(`${first}`))
    assert.isFalse(socket({ uid: 1001 })?.startsWith(`${first}`))
  })
})
