import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { type Credential, userPassword } from "../../src/domain/Credential.ts"
import { Http } from "../../src/http/Http.ts"
import * as TokenExchange from "../../src/registry/TokenExchange.ts"
import * as Network from "./network.ts"

const realm = "https://auth.example.com/token"
const login = userPassword("u", Redacted.make("canary-p"))
const credential = (parts: Partial<Credential>) => Option.some({ origin: "docker config /c", ...parts })
const identityToken = Redacted.make("canary-r")

const request = (changes: Partial<TokenExchange.Request> = {}): TokenExchange.Request => ({
  registryUrl: new URL("https://registry.example.com/"),
  challenge: { scheme: "bearer", realm, service: "s" },
  foreign: false,
  scopes: ["repository:a/b:pull"],
  credential: Option.none(),
  method: "auto",
  trustedRealms: [],
  ...changes
})

const exchange = (changes: Partial<TokenExchange.Request>, network: Network.Network) =>
  Effect.flatMap(Http, (http) => TokenExchange.exchange(http, request(changes))).pipe(Effect.provide(network.layer))

/** The header, or the error's tag with its reason. */
const told = (changes: Partial<TokenExchange.Request>, network: Network.Network) =>
  exchange(changes, network).pipe(
    Effect.match({
      onFailure: (error) => "reason" in error ? `${error._tag} ${error.reason}` : error._tag,
      onSuccess: ({ authorization }) => Redacted.value(authorization)
    })
  )

const query = "service=s&scope=repository%3Aa%2Fb%3Apull&client_id=effect-credential-helper"
const form = "service=s&client_id=effect-credential-helper&scope=repository%3Aa%2Fb%3Apull"
const get = `GET ${realm}?${query}`
const password = `POST ${realm} grant_type=password&username=u&password=canary-p&${form}`
const refresh = `POST ${realm} grant_type=refresh_token&refresh_token=canary-r&${form}`

describe("TokenExchange", () => {
  const refusals: ReadonlyArray<
    readonly [string, Partial<TokenExchange.Request>, ReadonlyArray<number>, ReadonlyArray<string>, string]
  > = [
    ["auto, password", { credential: credential({ userPassword: login }) }, [200], [`${get} u:canary-p`], "Bearer t"],
    ["auto, nothing, 404", {}, [404], [get], "EndpointUnsupported"],
    ["auto, password, POST unknown too", { credential: credential({ userPassword: login }) }, [405, 404], [
      `${get} u:canary-p`,
      password
    ], "EndpointUnsupported"],
    ["auto, identity token", { credential: credential({ identityToken }) }, [200], [refresh], "Bearer t"],
    ["auto, identity token refused", { credential: credential({ identityToken, userPassword: login }) }, [401], [
      refresh
    ], "TokenRefused Unauthorized"],
    [
      "oauth2, identity token, ACR's 400",
      {
        method: "oauth2",
        credential: credential({ identityToken, userPassword: login })
      },
      [400, 200],
      [refresh, `${get} u:canary-p`],
      "Bearer t"
    ],
    [
      "oauth2, identity token alone, never anonymous",
      { method: "oauth2", credential: credential({ identityToken }) },
      [
        401
      ],
      [refresh],
      "TokenRefused Unauthorized"
    ],
    ["oauth2, both refused", { method: "oauth2", credential: credential({ userPassword: login }) }, [401, 401], [
      password,
      `${get} u:canary-p`
    ], "TokenRefused Unauthorized"],
    [
      "basic, password before identity token",
      {
        method: "basic",
        credential: credential({ identityToken, userPassword: login })
      },
      [200],
      [`${get} u:canary-p`],
      "Bearer t"
    ],
    ["basic, identity token without a user", { method: "basic", credential: credential({ identityToken }) }, [200], [
      `${get} 00000000-0000-0000-0000-000000000000:canary-r`
    ], "Bearer t"],
    ["basic, POST is not tried", { method: "basic", credential: credential({ userPassword: login }) }, [404], [
      `${get} u:canary-p`
    ], "EndpointUnsupported"],
    ["basic, nothing", { method: "basic" }, [200], [get], "Bearer t"]
  ]
  for (const [name, changes, statuses, sent, expected] of refusals) {
    it.effect(`${name}: ${expected}`, () =>
      Effect.gen(function*() {
        const network = Network.answers(
          ...statuses.map((status) => status === 200 ? Network.token() : Network.response(status))
        )
        assert.strictEqual(yield* told(changes, network), expected)
        assert.deepStrictEqual(network.sent, sent)
      }))
  }

  it.effect("each method has a meaning, also the second time", () =>
    Effect.gen(function*() {
      for (const method of ["auto", "oauth2", "basic"] as const) {
        const network = Network.answers(Network.token())
        const changes = { method, credential: credential({ userPassword: login }) }
        assert.deepStrictEqual([yield* told(changes, network), yield* told(changes, network)], ["Bearer t", "Bearer t"])
        assert.lengthOf(network.sent, 2)
      }
    }))

  it.effect("an empty password makes no Basic header, and is not mistaken for a login", () =>
    Effect.gen(function*() {
      for (const method of ["auto", "oauth2", "basic"] as const) {
        const network = Network.answers(Network.token())
        const empty = credential({ userPassword: userPassword("u", Redacted.make("")) })
        assert.strictEqual(yield* told({ method, credential: empty }, network), "Bearer t")
        assert.deepStrictEqual(network.sent, [get])
      }
      const noUser = credential({ userPassword: userPassword("", Redacted.make("p")) })
      const network = Network.answers(Network.token())
      yield* told({ credential: noUser }, network)
      assert.deepStrictEqual(network.sent, [`${get} :p`])
    }))

  it.effect("an unknown service is left out; the realm's query stays; every scope is a parameter", () =>
    Effect.gen(function*() {
      const challenge = { scheme: "bearer", realm: "https://example.com/t?tenant=%41%20b#x" } as const
      const network = Network.answers(Network.token())
      const scopes = ["repository:a:pull", "repository:b:pull repository:a:pull", ""]
      yield* told({ challenge, scopes }, network)
      yield* told({ challenge, scopes, method: "oauth2", credential: credential({ userPassword: login }) }, network)
      const kept = "https://example.com/t?tenant=%41%20b"
      assert.deepStrictEqual(network.sent, [
        `GET ${kept}&scope=repository%3Aa%3Apull&scope=repository%3Ab%3Apull&client_id=effect-credential-helper`,
        `POST ${kept} grant_type=password&username=u&password=canary-p&client_id=effect-credential-helper&scope=repository%3Aa%3Apull+repository%3Ab%3Apull`
      ])
    }))

  it.effect("a service in the realm's query counts", () =>
    Effect.gen(function*() {
      const network = Network.answers(Network.token())
      const challenge = { scheme: "bearer", realm: `${realm}?service=own`, service: "s" } as const
      yield* told({ challenge, scopes: [] }, network)
      assert.deepStrictEqual(network.sent, [`GET ${realm}?service=own&client_id=effect-credential-helper`])
    }))

  it.effect("nothing is sent to a realm that is not trusted", () =>
    Effect.gen(function*() {
      const network = Network.answers(Network.token())
      const challenge = { scheme: "bearer", realm: "https://evil.net/t" } as const
      const own = credential({ userPassword: login })
      assert.strictEqual(yield* told({ challenge, credential: own }, network), "RealmNotTrusted RealmNotTrusted")
      assert.deepStrictEqual(network.sent, [])
      assert.strictEqual(yield* told({ challenge }, network), "Bearer t")
      assert.strictEqual(yield* told({ challenge, credential: own, trustedRealms: ["evil.net"] }, network), "Bearer t")
    }))

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const scoped = (...access: ReadonlyArray<object>) => Network.token(`${encode({})}.${encode({ access })}.s`)

  it.effect("a token without the access that was asked for is a refusal that says whose", () =>
    Effect.gen(function*() {
      const network = Network.answers(scoped())
      const mine = credential({ userPassword: login, renew: "run x login" })
      assert.strictEqual(
        (yield* Effect.flip(exchange({ credential: mine }, network))).message,
        "the account of docker config /c may not pull a/b at registry.example.com: its token has insufficient scope. Check the name and ask the owner for access, or use another account: run x login."
      )
      assert.strictEqual(
        (yield* Effect.flip(exchange({}, network))).message,
        "a/b at registry.example.com does not exist, or a login is needed to pull it: the token for anonymous requests has insufficient scope. Check the name, or run docker login registry.example.com."
      )
    }))

  it.effect("a token with the access that was asked for is handed out", () =>
    Effect.gen(function*() {
      const network = Network.answers(scoped({ type: "repository", name: "a/b", actions: ["pull"] }))
      assert.match(yield* told({}, network), /^Bearer /)
    }))

  it.effect("a credential is not used for the demand of another host", () =>
    Effect.gen(function*() {
      const network = Network.answers(Network.token())
      const changes = { foreign: true, credential: credential({ userPassword: login, registryToken: identityToken }) }
      assert.strictEqual(yield* told(changes, network), "Bearer t")
      assert.deepStrictEqual(network.sent, [get])
    }))

  const redirect = (status: number, location: string) => Network.response(status, { location })

  it.effect("follows up to three redirects within the origin, and none to another origin", () =>
    Effect.gen(function*() {
      const own = { credential: credential({ userPassword: login }) }
      const near = Network.answers(redirect(307, "/t2?x=1"), redirect(308, `${realm}3`), Network.token())
      assert.strictEqual(yield* told(own, near), "Bearer t")
      assert.deepStrictEqual(near.sent.slice(1), [
        "GET https://auth.example.com/t2?x=1 u:canary-p",
        `GET ${realm}3 u:canary-p`
      ])
      const far = [
        ...["https://evil.net/t", "http://auth.example.com/t", "https://auth.example.com:8443/t"],
        ...["https://u:p@auth.example.com/t", "//evil.net/t", "https://"]
      ]
      for (const location of far) {
        for (const method of ["basic", "oauth2"] as const) {
          const network = Network.answers(redirect(307, location), Network.token())
          assert.strictEqual(yield* told({ ...own, method }, network), "TokenRefused RedirectRefused", location)
          assert.lengthOf(network.sent, 1)
        }
      }
      const round = Network.answers(redirect(302, realm))
      assert.strictEqual(yield* told(own, round), "TokenRefused RedirectRefused")
      assert.lengthOf(round.sent, 4)
    }))

  it.effect("a registry token is used as it is, without a request, and checked", () =>
    Effect.gen(function*() {
      const network = Network.answers(Network.token())
      const own = (text: string) => ({
        credential: credential({ registryToken: Redacted.make(text), userPassword: login })
      })
      assert.strictEqual(yield* told(own("rt"), network), "Bearer rt")
      assert.strictEqual(yield* told(own("rt\r\nX-Evil: 1"), network), "TokenUnsafe")
      assert.deepStrictEqual(network.sent, [])
      assert.strictEqual(yield* told(own(""), network), "Bearer t")
    }))

  it.effect("what is told ends before the server's word", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_000_000)
      const { usableUntil } = yield* exchange({}, Network.answers(Network.token("t", ",\"expires_in\":300")))
      assert.deepStrictEqual(usableUntil, Option.some(DateTime.unsafeMake(1_000_000 + 270_000)))
    }))

  it.effect("a password is sent once; what the server repeats of it is not shown", () =>
    Effect.gen(function*() {
      const own = { method: "oauth2", credential: credential({ userPassword: login }) } as const
      const busy = Network.make(() => Network.response(503), { timeout: "5 seconds", retries: 2 })
      assert.strictEqual(yield* told(own, busy), "HostUnreachable ServerError")
      assert.lengthOf(busy.sent, 1)
      const echo = Network.answers(Network.response(403, {}, "{\"details\":\"canary-p is wrong\"}"))
      const error = yield* Effect.flip(exchange(own, echo))
      assert.include(error.message, "the credential of docker config /c")
      assert.notInclude(`${error.message}${error.stack}${String(error)}`, "canary")
    }))
})
