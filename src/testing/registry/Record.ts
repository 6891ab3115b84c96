/**
 * The requests that a fake registry has received: the last ones, and the number of all.
 *
 * @since 0.2.0
 */
import * as Redacted from "effect/Redacted"
import type * as FakeHttp from "../FakeHttp.ts"
import type { Endpoint } from "./Description.ts"

/**
 * A request, the endpoint it was for, and the status of the response. Bodies and credentials are redacted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Received extends FakeHttp.Request {
  readonly endpoint: Endpoint
  /** 0 if the connection was closed without a response. */
  readonly status: number
}

const secretHeader = /^(?:cookie|proxy-authorization|x-.*(?:token|key|secret|password).*)$/
const secretParameter = /token|password|secret|signature|credential|^sig$|^code$/i
const bodyLimit = 64 * 1024

const withoutSecrets = (url: URL): URL => {
  const copy = new URL(url)
  for (const name of new Set(copy.searchParams.keys())) {
    if (secretParameter.test(name) && name !== "offline_token") copy.searchParams.set(name, "<redacted>")
  }
  copy.username = ""
  copy.password = ""
  return copy
}

/** As it is recorded: without secrets, and with at most 64 Ki characters of the body. */
const recorded = (received: Received): Received => ({
  ...received,
  url: withoutSecrets(received.url),
  headers: Object.fromEntries(
    Object.entries(received.headers).map(([name, value]) => [name, secretHeader.test(name) ? "<redacted>" : value])
  ),
  body: Redacted.make(Redacted.value(received.body).slice(0, bodyLimit))
})

/**
 * Adding a request takes constant time.
 *
 * @since 0.2.0
 * @category models
 */
export interface Record {
  readonly add: (received: Received) => void
  /** The last requests, in order. */
  readonly all: () => ReadonlyArray<Received>
  /** The number of requests to an endpoint, dropped ones included. */
  readonly count: (endpoint: Endpoint) => number
  /** The number of requests, dropped ones included. */
  readonly total: () => number
}

/**
 * A record of the last `capacity` requests.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (capacity: number): Record => {
  const ring: Array<Received> = []
  const counts = new Map<Endpoint, number>()
  let total = 0
  return {
    add: (received) => {
      if (capacity > 0) ring[total % capacity] = recorded(received)
      counts.set(received.endpoint, (counts.get(received.endpoint) ?? 0) + 1)
      total++
    },
    all: () => {
      const oldest = total > capacity && capacity > 0 ? total % capacity : 0
      return [...ring.slice(oldest), ...ring.slice(0, oldest)]
    },
    count: (endpoint) => counts.get(endpoint) ?? 0,
    total: () => total
  }
}
