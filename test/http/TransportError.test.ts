import { assert, describe, it } from "@effect/vitest"
import { ExitCode } from "../../src/domain/ExitCode.ts"
import { HostUnreachable, RateLimited } from "../../src/http/TransportError.ts"

const unreachable = (reason: HostUnreachable["reason"], detail = "", retryAfterMillis?: number) =>
  new HostUnreachable({ host: "a.example", reason, detail, retryAfterMillis }).message

describe("TransportError", () => {
  it("states the fact, then what to do", () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      [
        unreachable("Connect", "ENOTFOUND"),
        "a.example cannot be reached (ENOTFOUND). Check the network and the proxy settings."
      ],
      [
        unreachable("Proxy", "proxy:3128 returned 502"),
        "a.example cannot be reached through the proxy (proxy:3128 returned 502). Check HTTPS_PROXY, ALL_PROXY and NO_PROXY."
      ],
      [
        unreachable("Timeout", "5s"),
        "a.example did not respond in time (5s). Check the network and the proxy settings."
      ],
      [
        unreachable("Connect", "EMFILE"),
        "a.example cannot be reached (too many open files). Raise the limit: ulimit -n 1024"
      ],
      [unreachable("Certificate", "is self-signed."), "The certificate of a.example is self-signed."],
      [unreachable("Protocol", "speaks http."), "a.example speaks http."],
      [unreachable("ServerError", "503"), "a.example returned a server error (503). Try again later."],
      [unreachable("ServerError", "503", 1500), "a.example returned a server error (503). Try again in 2 s."],
      [
        unreachable("Aborted"),
        "a.example closed the connection before the response was complete. Try again."
      ],
      [
        unreachable("BodyTooLarge", "more than 128 KiB"),
        "a.example returned a response that is too large (more than 128 KiB). Check that no proxy or captive portal intercepts the connection."
      ],
      [
        new RateLimited({ host: "a.example" }).message,
        "a.example limits the rate of requests (429). Try again later, or log in: authenticated users have higher limits."
      ],
      [
        new RateLimited({ host: "a.example", retryAfterMillis: 30_000 }).message,
        "a.example limits the rate of requests (429). Try again in 30 s, or log in: authenticated users have higher limits."
      ]
    ]
    for (const [message, expected] of cases) assert.strictEqual(message, expected)
  })

  it("has the exit code for a host that cannot be reached", () => {
    const { exitCode } = new HostUnreachable({ host: "a.example", reason: "Connect", detail: "" })
    assert.deepStrictEqual([exitCode, new RateLimited({ host: "a.example" }).exitCode], [
      ExitCode.unreachable,
      ExitCode.unreachable
    ])
  })
})
