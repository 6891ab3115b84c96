/**
 * Conditional and partial responses.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13 and #section-14
 * @since 0.2.0
 */
import * as FakeHttp from "../FakeHttp.ts"
import * as Responses from "./Responses.ts"

type Slice = { readonly start: number; readonly end: number }

/** `All` for a range that a server may ignore, such as several ranges or another unit. */
const parse = (range: string, size: number): Slice | "All" | "Invalid" | "Unsatisfiable" => {
  if (!/^bytes=/i.test(range) || range.includes(",")) return "All"
  const { first = "", last = "" } = /^bytes=\s*(?<first>\d*)-(?<last>\d*)\s*$/i.exec(range)?.groups ?? {}
  if (first === "" && last === "") return "Invalid"
  if (first === "") {
    return last === "0" || size === 0 ? "Unsatisfiable" : { start: Math.max(0, size - Number(last)), end: size }
  }
  if (last !== "" && Number(last) < Number(first)) return "Invalid"
  if (Number(first) >= size) return "Unsatisfiable"
  return { start: Number(first), end: last === "" ? size : Math.min(size, Number(last) + 1) }
}

const isCurrent = (tags: string | undefined, etag: string): boolean =>
  tags?.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag) ?? false

/**
 * The response to a request for content with this digest, which is its `ETag` too: 200, or 304 if the client has it.
 *
 * @since 0.2.0
 * @category combinators
 */
export const whole = (
  { headers }: FakeHttp.Request,
  digest: string,
  content: FakeHttp.Response
): FakeHttp.Response => {
  const about = { "docker-content-digest": digest, etag: `"${digest}"` }
  return isCurrent(headers["if-none-match"], about.etag)
    ? FakeHttp.response(304, about)
    : { ...content, headers: { ...content.headers, ...about } }
}

/**
 * Like `whole` for a blob, and 206 with the requested range of a GET, or 416.
 *
 * @since 0.2.0
 * @category combinators
 */
export const partial = (
  request: FakeHttp.Request,
  digest: string,
  bytes: Uint8Array
): FakeHttp.Response => {
  const about = { "docker-content-digest": digest, etag: `"${digest}"` }
  const { "if-range": ifRange = about.etag, range } = request.headers
  const headers = { "content-type": "application/octet-stream", "accept-ranges": "bytes" }
  const all = whole(request, digest, FakeHttp.response(200, headers, bytes))
  if (all.status === 304 || range === undefined || request.method !== "GET" || ifRange !== about.etag) return all
  const slice = parse(range, bytes.length)
  switch (slice) {
    case "All":
      return all
    case "Invalid":
      return Responses.text(416, "invalid range\n", about)
    case "Unsatisfiable":
      return Responses.text(416, "invalid range: failed to overlap\n", {
        ...about,
        "content-range": `bytes */${bytes.length}`
      })
    default:
      return {
        status: 206,
        headers: { ...all.headers, "content-range": `bytes ${slice.start}-${slice.end - 1}/${bytes.length}` },
        body: bytes.subarray(slice.start, slice.end)
      }
  }
}
