/** Sends the same request to a fake registry and to docker-registry, and compares what clients depend on. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as NodeHttp from "node:http"

/** The same registry twice. */
export interface Pair {
  readonly docker: URL
  readonly fake: URL
}

export interface Answer {
  readonly status: number
  readonly headers: NodeHttp.IncomingHttpHeaders
  readonly text: string
}

export interface Request {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends the path as it is: a URL would be normalized. */
export const send = ({ hostname, port }: URL, { headers = {}, method = "GET", path }: Request): Effect.Effect<Answer> =>
  Effect.async((resume) => {
    const request = NodeHttp.request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      // docker-registry closes the connection after a 416, whose length it gets wrong.
      response.on("error", () => undefined)
      response.on("close", () => {
        const text = Buffer.concat(chunks).toString("latin1")
        resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, text }))
      })
    })
    request.on("error", (error) => resume(Effect.die(error)))
    request.end()
  })

/** docker-registry lists actions in random order. */
const sortedScope = (challenge: string): string =>
  challenge.replace(/(?<=scope="[^"]*:)[a-z,*]+(?=")/, (actions) => actions.split(",").toSorted().join(","))

const compared = [
  "docker-content-digest",
  "docker-distribution-api-version",
  "etag",
  "accept-ranges",
  "content-range",
  "location"
]

const isJson = ({ headers }: Answer): boolean => /^application\/json\b/.test(headers["content-type"] ?? "")

/** What clients depend on. */
export const essence = (registry: URL, answer: Answer): object => {
  const { headers, status, text } = answer
  const isContent = status === 200 || status === 206
  const body = isJson(answer) && text !== "" ? JSON.parse(text) : {}
  return {
    status,
    ...Object.fromEntries(compared.map((name) => [name, headers[name]])),
    challenge: sortedScope((headers["www-authenticate"] ?? "").replaceAll(registry.origin, "<origin>")),
    // A read-only docker-registry refuses methods in plain text.
    ...(status === 405 ? {} : {
      errors: body.errors?.map(({ code, detail }: { code: string; detail: unknown }) => ({ code, detail })),
      type: status === 301 ? "" : headers["content-type"]?.replace(/;.*/, "")
    }),
    ...(isContent ? { length: isJson(answer) ? "" : headers["content-length"], body: text.trim() } : {})
  }
}

export const same = ({ docker, fake }: Pair, request: Request) =>
  Effect.gen(function*() {
    const { method = "GET", path } = request
    const [expected, found] = yield* Effect.all([send(docker, request), send(fake, request)])
    assert.deepStrictEqual(essence(fake, found), essence(docker, expected), `${method} ${path}`)
    return expected.status
  })
