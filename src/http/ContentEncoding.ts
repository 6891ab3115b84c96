/**
 * Decodes a compressed body. Servers are asked for none, but some compress anyway.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Zlib from "node:zlib"
import { codeOf } from "../platform/SystemError.ts"

type Decoder = (body: Buffer, options: { readonly maxOutputLength: number }) => Buffer

/** zlib's format by RFC 9110, though some servers send it without the header. */
const inflate: Decoder = (body, options) => {
  try {
    return Zlib.inflateSync(body, options)
  } catch (error) {
    if (codeOf(error) !== "Z_DATA_ERROR") throw error
    return Zlib.inflateRawSync(body, options)
  }
}

/** Node.js has it since 22.15. */
const zstd: unknown = Reflect.get(Zlib, "zstdDecompressSync")

const isDecoder = (value: unknown): value is Decoder => typeof value === "function"

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ["gzip", Zlib.gunzipSync],
  ["x-gzip", Zlib.gunzipSync],
  ["deflate", inflate],
  ["br", Zlib.brotliDecompressSync],
  ...(isDecoder(zstd) ? [["zstd", zstd] as const] : [])
])

/**
 * Why a body cannot be decoded.
 *
 * @since 0.2.0
 * @category models
 */
export type Problem = "TooLarge" | "Incomplete"

const problems: ReadonlyMap<string, Problem> = new Map([
  ["ERR_BUFFER_TOO_LARGE", "TooLarge"],
  ["Z_BUF_ERROR", "Incomplete"]
])

/**
 * Undoes the codings that `Content-Encoding` lists. A body that is not encoded as it says is returned as it is: some HTTP
 * clients decode bodies and leave the header.
 *
 * @since 0.2.0
 * @category decoding
 */
export const decode = (contentEncoding: string, body: Buffer, maxBytes: number): Effect.Effect<Buffer, Problem> =>
  Effect.suspend(() => {
    const codings = contentEncoding.toLowerCase().split(",").map((coding) => coding.trim()).reverse()
    let decoded = body
    for (const coding of body.length === 0 ? [] : codings) {
      const decoder = decoders.get(coding)
      if (decoder === undefined) continue
      try {
        decoded = decoder(decoded, { maxOutputLength: maxBytes })
      } catch (error) {
        const problem = problems.get(codeOf(error) ?? "")
        return problem === undefined ? Effect.succeed(body) : Effect.fail(problem)
      }
    }
    return Effect.succeed(decoded)
  })
