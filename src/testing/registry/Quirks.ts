/**
 * Deviations from the usual behavior of a registry: faults, redirects, other challenges and bodies.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as FakeHttp from "../FakeHttp.ts"
import type { Description, Quirk } from "./Description.ts"

type Change = (self: Description) => Description

const timesOf = (times: number | undefined) => times === undefined ? {} : { times }

/**
 * Adds a quirk.
 *
 * @since 0.1.0
 * @category combinators
 */
export const quirk = (quirk: Quirk): Change => (self) => ({ ...self, quirks: [...self.quirks, quirk] })

/**
 * Sends these lines of `WWW-Authenticate`; a 401 without a challenge if there are none.
 *
 * @since 0.1.0
 * @category combinators
 */
export const challenge = (...lines: ReadonlyArray<string>): Change => (self) => ({ ...self, challenge: lines })

/**
 * Makes the token service reject POST, so that it supports GET alone.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withoutPost = (status: 404 | 405 = 404): Change =>
  quirk({ at: "token", method: "POST", answer: { status } })

/**
 * Responds 307.
 *
 * @since 0.1.0
 * @category combinators
 */
export const redirect = (at: Quirk["at"], location: string, times?: number): Change =>
  quirk({ at, answer: { status: 307, headers: { location } }, ...timesOf(times) })

/**
 * Responds with an error status and no body, always or for the first requests.
 *
 * @since 0.1.0
 * @category combinators
 */
export const fail = (at: Quirk["at"], status: number, times?: number): Change =>
  quirk({ at, answer: { status }, ...timesOf(times) })

/**
 * Responds 429 with a `Retry-After` (seconds or an HTTP date), always or for the first requests.
 *
 * @since 0.1.0
 * @category combinators
 */
export const limit = (at: Quirk["at"], retryAfter: string, times?: number): Change =>
  quirk({
    at,
    answer: {
      status: 429,
      headers: { "content-type": "application/json", "retry-after": retryAfter },
      body: `{"errors":[{"code":"TOOMANYREQUESTS","message":"too many requests"}]}`
    },
    ...timesOf(times)
  })

/**
 * Responds 200 with this body, such as truncated JSON, or a token with a line break.
 *
 * @since 0.1.0
 * @category combinators
 */
export const answer = (at: Quirk["at"], body: string, times?: number): Change =>
  quirk({ at, answer: { body }, ...timesOf(times) })

/**
 * Responds with an HTML page, as the login page of a captive portal (200) or the error page of a proxy.
 *
 * @since 0.2.0
 * @category combinators
 */
export const html = (at: Quirk["at"], status = 200, times?: number): Change =>
  quirk({
    at,
    answer: {
      status,
      headers: { "content-type": "text/html; charset=utf-8" },
      body: "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in</body></html>\n"
    },
    ...timesOf(times)
  })

/**
 * Delays the response, always or for the first requests.
 *
 * @since 0.2.0
 * @category combinators
 */
export const delay = (at: Quirk["at"], duration: Duration.DurationInput, times?: number): Change =>
  fault(at, { _tag: "Delay", for: duration }, times)

/**
 * Delays the response, closes the connection, or never responds.
 *
 * @since 0.1.0
 * @category combinators
 */
export const fault = (at: Quirk["at"], fault: FakeHttp.Fault, times?: number): Change =>
  quirk({ at, answer: { fault }, ...timesOf(times) })
