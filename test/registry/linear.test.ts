import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as AccessClaim from "../../src/registry/AccessClaim.ts"
import * as Authorization from "../../src/registry/Authorization.ts"
import * as Challenge from "../../src/registry/Challenge.ts"
import * as ErrorBody from "../../src/registry/ErrorBody.ts"
import * as KnownRegistries from "../../src/registry/KnownRegistries.ts"
import * as Probe from "../../src/registry/Probe.ts"
import * as RegistryUri from "../../src/registry/RegistryUri.ts"
import * as TokenResponse from "../../src/registry/TokenResponse.ts"

const length = 1024 * 1024

const fill = (part: string) => part.repeat(Math.ceil(length / part.length)).slice(0, length)

/** What makes a quadratic expression take minutes. */
const texts = [
  ...["a", "eyJ-", "eyJabcdefgh.", "=", " ", "a=", "a =", "a,", ",", "\"", "\\", "a=\"", "Bearer ", "Basic a=b, "],
  ...["scope=a,", "<", "\n", ".", "-", "a.", "a-", "-docker", ":a", "a:", "/", "/a", "_", "0", "\u001b[", "\u001b[0"],
  ...["repository:a:pull,", "*,", "HTTP request ", "plain HTTP ", "1."]
].map(fill)

const response = (status: number, body: string, type?: string) => ({
  status,
  headers: type === undefined ? {} : { "content-type": type, "www-authenticate": body },
  body: Redacted.make(body),
  sentAt: 0
})

const http = new URL("http://localhost:5000/v2/")

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  "a challenge": (text) => Challenge.select(Challenge.parse([text])),
  "a challenge behind its scheme": (text) => Challenge.select(Challenge.parse([`Bearer realm="${text}`])),
  "an error body": (text) =>
    ErrorBody.describe(Redacted.make(JSON.stringify({ message: text })), [Redacted.make("secret")]),
  "a body that is no JSON": (text) => ErrorBody.describe(Redacted.make(text)),
  "a response of a registry": (text) => [200, 400, 401].map((status) => Probe.findingOf(response(status, text), http)),
  "the headers of a registry": (text) => Probe.findingOf(response(401, text, text), http),
  "a token": (text) => AccessClaim.lackOf(Redacted.make(`${text}.${text}.${text}`), "repository:a:pull"),
  "a scope": (text) => AccessClaim.lackOf(Redacted.make("a.b.c"), `repository:${text}!`),
  "the repository of a scope": (text) => RegistryUri.repositoryOf(`repository:${text}!`),
  "a token for a header": (text) => Authorization.isSafe(`${text}\n`),
  "a lifetime": (text) => TokenResponse.expiry({ sentAt: 0, expiresIn: `${text}!`, issuedAt: `${text}!` }),
  "a host": (text) => KnownRegistries.find(`${text}!`)
}

describe("what a server sends", () => {
  for (const [what, read] of Object.entries(readers)) {
    it(`is read in linear time: ${what}`, { timeout: 60_000 }, () => {
      for (const text of texts) {
        const start = performance.now()
        read(text)
        const took = performance.now() - start
        assert.isBelow(took, 5000, JSON.stringify(text.slice(0, 20)))
      }
    })
  }
})
