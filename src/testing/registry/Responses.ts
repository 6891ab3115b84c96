/**
 * JSON responses and the errors of the distribution specification.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as FakeHttp from "../FakeHttp.ts"

const encodeJson = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

/**
 * @since 0.2.0
 * @category constructors
 */
export const json = (
  status: number,
  value: unknown,
  headers: FakeHttp.Response["headers"] = {}
): FakeHttp.Response => FakeHttp.response(status, { "content-type": "application/json", ...headers }, encodeJson(value))

/**
 * An error in the form of the distribution specification.
 *
 * @since 0.2.0
 * @category constructors
 */
export const error = (status: number, code: string, message: string, detail?: unknown): FakeHttp.Response =>
  json(status, { errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] })

/**
 * @since 0.2.0
 * @category constructors
 */
export const text = (
  status: number,
  body: string,
  headers: FakeHttp.Response["headers"] = {}
): FakeHttp.Response => FakeHttp.response(status, { "content-type": "text/plain; charset=utf-8", ...headers }, body)

/**
 * @since 0.2.0
 * @category constructors
 */
export const pageNotFound: FakeHttp.Response = text(404, "404 page not found\n")

/**
 * The response to a method that the endpoint does not have.
 *
 * @since 0.2.0
 * @category constructors
 */
export const unsupported = (allowed: ReadonlyArray<string>): FakeHttp.Response => {
  const response = error(405, "UNSUPPORTED", "The operation is unsupported.")
  return { ...response, headers: { ...response.headers, allow: allowed.join(", ") } }
}
